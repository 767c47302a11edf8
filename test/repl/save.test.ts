/** `.save`: the file says what the session said, and computes what it computed. */
import { mkdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sessionText } from "../../compiler/cli/repl/save.ts";
import { check, compile, formatTensor, type Tensor } from "../../compiler/index.ts";
import { format } from "../../grammar/index.ts";
import { folder } from "../cli/support.ts";
import { piped, session } from "./support.ts";

interface Saved {
  readonly text: string;
  /** What the lines of the session showed. */
  readonly shown: readonly string[];
}

function saved(lines: readonly string[], path = "session.nn"): Saved {
  const held = session();
  const shown = lines.map((line) => held.run(line)).filter((text) => text !== "");
  const text = sessionText(held.state.log, path);
  expect(check(text, { filename: path })).toEqual([]);
  expect(format({ file: path, text })).toEqual({ text });
  return { text, shown };
}

/** The tensors that a run of the file gives, printed. */
function computed(text: string): string[] {
  const model = compile(text);
  expect(model.inputs).toEqual([]);
  const result = model();
  const tensors: Tensor[] = model.outputs.length === 1 ? [result] : model.outputs.map(({ name }) => result[name]!); // prettier-ignore
  return tensors.map(formatTensor);
}

describe("a file", () => {
  test("of one chain", () => {
    const { text, shown } = saved(["x = [1, 2, 3]", "m = Linear(3, 4) -> ReLU # a comment", "x->m"]);
    expect(text).toBe("x = [1, 2, 3]\nm = Linear(3, 4) -> ReLU\nx -> m\n");
    expect(computed(text)).toEqual(shown);
  });

  test("of a layer that was looked at", () => {
    expect(saved(["LayerNorm(10, eps=0) -> PReLU(0.25)"]).text).toBe("LayerNorm(10, eps=0) -> PReLU(0.25)\n");
    expect(saved(["1 + 1", "z = 3", "x -> Linear(z, 2)"]).text).toBe("z = 3\nx -> Linear(z, 2)\n");
  });

  test("of definitions alone", () => {
    const lines = ["n = 4", "block B(dim) { Linear(dim, n) }", "m = B(2)"];
    expect(saved(lines).text).toBe("n = 4\nblock B(dim) { Linear(dim, n) }\nm = B(2)\n");
  });

  test("of values, in a model whose draws are those of the session", () => {
    const { text, shown } = saved([
      "x = [1, 2, 3]",
      "x -> Linear(3, 2)",
      "m = Linear(3, 3)",
      "h = x -> m",
      "param w: f32[3] = Normal(std=0.1)",
      "h * w -> Tanh",
      "[a, b] = h -> [Linear(3, 2), Sigmoid]",
      "a",
      "b -> m",
    ]);
    expect(text).toMatchInlineSnapshot(`
      "x = [1, 2, 3]

      model Session {
        y1 = x -> Linear(3, 2)
        m = Linear(3, 3)
        h = x -> m
        param w: f32[3] = Normal(std=0.1)
        y2 = h * w -> Tanh
        [a, b] = h -> [Linear(3, 2), Sigmoid]
        y3 = a
        y4 = b -> m
        output y1, y2, y3, y4
      }
      "
    `);
    expect(computed(text)).toEqual(shown);
  });

  test("of several results", () => {
    const { text, shown } = saved([
      "block Both { input x; output up = x + 1, down = x - 1 }",
      "t = [1., 2.] -> Tanh",
      "t -> Both",
      "t -> [ReLU, Sigmoid]",
      "r = t -> Both",
      "r.down",
    ]);
    expect(text).toMatchInlineSnapshot(`
      "block Both {
        input x
        output up = x + 1, down = x - 1
      }

      model Session {
        t = [1., 2.] -> Tanh
        y1 = t -> Both
        y2 = t -> [ReLU, Sigmoid]
        r = t -> Both
        y3 = r.down
        output y1_up = y1.up, y1_down = y1.down, y2_0 = y2[0], y2_1 = y2[1], y3
      }
      "
    `);
    const [up, down, first, second, last] = computed(text);
    expect(shown).toEqual([`up:\n${up}\ndown:\n${down}`, `[${first}, ${second}]`, last]);
  });

  test("of names that were bound anew, each version under a name of its own where it is needed", () => {
    const { text, shown } = saved([
      "n = 3",
      "x = [1., 2., 3.]",
      "m = Linear(n, 2)",
      "n = 2",
      "m = m -> Linear(n, n)",
      "block B(a) { input n; output n * a }",
      "block C(x) { B(x) -> Linear(n, n) }",
      "block B { Tanh }",
      "x = x * 2",
      "x = x -> m -> C(3) -> B",
      "x",
      "unused = 1",
      "unused = 2",
      "y: f32[k] = x",
      "k = 5",
      "k",
      "y * 2",
    ]);
    expect(text).toMatchInlineSnapshot(`
      "n_1 = 3
      x_1 = [1., 2., 3.]
      m_1 = Linear(n_1, 2)
      n = 2
      m = m_1 -> Linear(n, n)
      block B_1(a) {
        input n
        output n * a
      }
      block C(x) { B_1(x) -> Linear(n, n) }
      block B { Tanh }
      unused = 2
      k = 5

      model Session {
        x_2 = x_1 * 2
        x = x_2 -> m -> C(3) -> B
        y1 = x
        y: f32[k_1] = x
        y2 = y * 2
        output y1, y2
      }
      "
    `);
    expect(computed(text)).toEqual(shown.filter((one) => one !== "5"));
  });

  test("whose imports are seen from where it is", () => {
    folder({ "parts.nn": "block P { PReLU }\nk = 2\n", "package.json": "{}" });
    mkdirSync("deep/er", { recursive: true });
    const lines = ['import { P, k } from "./parts.nn"', "P = 3", '[1, k * P] -> Sigmoid', 'import { P as Q } from "parts.nn"', "[-1., P] -> Q"]; // prettier-ignore
    const { text } = saved(lines, "deep/er/session.nn");
    expect(text).toMatchInlineSnapshot(`
      "import { P as P_1, k } from "../../parts.nn"
      P = 3
      import { P as Q } from "../../parts.nn"

      model Session {
        y1 = [1, k * P] -> Sigmoid
        y2 = [-1., P] -> Q
        output y1, y2
      }
      "
    `);
  });

  test("that imports blocks of the library", () => {
    folder({});
    mkdirSync("deep", { recursive: true });
    const lines = ['import { RoPE as R } from "nnc/blocks"', "[[1., 2.]] -> R(2)"];
    const { text } = saved(lines, "deep/session.nn");
    expect(text).toContain('import { RoPE as R } from "nnc/blocks"\n');
  });

  test("that is loaded again", async () => {
    folder({ "parts.nn": "m = Linear(2, n)\nn = 3\nblock B { m -> ReLU }\n[1, 2] -> B\n" });
    const lines = [".load parts.nn", "n = 4", "k = B -> Linear(3, n)", "[1., 2.] -> k", ".save deep.nn", ".reset", ".load deep.nn", "n"]; // prettier-ignore
    const { code, err } = await piped(lines.join("\n"));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const text = readFileSync("deep.nn", "utf8");
    expect(text).toMatchInlineSnapshot(`
      "m = Linear(2, n_1)
      n_1 = 3
      block B { m -> ReLU }
      n = 4

      model Session {
        y1 = [1, 2] -> B
        k = B -> Linear(3, n)
        y2 = [1., 2.] -> k
        output y1, y2
      }
      "
    `);
    expect(check(text)).toEqual([]);
  });
});

test("what is made of tensors has an output", () => {
  expect(saved(["x = [1., 2.] -> Tanh", "k = x * 2"]).text).toMatchInlineSnapshot(`
    "model Session {
      x = [1., 2.] -> Tanh
      k = x * 2
      output x, k
    }
    "
  `);
});

test.each([
  [[], "there is nothing to save"],
  [["1 + 1"], "there is nothing to save"],
  [["[a, b] = [1, 2]"], "no tensor"],
])("%j cannot be saved", (lines, message) => {
  const held = session();
  for (const line of lines) held.run(line);
  expect(() => sessionText(held.state.log, "session.nn")).toThrow(message);
});
