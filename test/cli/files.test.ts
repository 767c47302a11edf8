/** check, fmt and print. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { optionalPasses } from "../../compiler/pipeline/optional-passes.ts";
import { passNames } from "../../compiler/pipeline/pipeline.ts";
import { saveSafetensors, tensor } from "../../runtime/index.ts";
import { files, folder, nnc, text } from "./support.ts";

const wrong = "x -> Linear(3, 4) -> LayerNorm(5)\n";

test("check", async () => {
  folder({ "good.nn": "ReLU\n", "bad.nn": wrong, "syntax.nn": "x -> -> ReLU\n" });
  expect(await nnc(["check", "good.nn"])).toEqual({ code: 0, out: "good.nn: no problems\n", err: "" });
  expect((await nnc(["check", "good.nn", "good.nn"])).out).toBe("2 files: no problems\n");
  const { code, out, err } = await nnc(["check", "bad.nn", "good.nn", "nowhere.nn", "syntax.nn"]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^bad\.nn:1:22 error NN2\d+: .*\n {2}1 \| x -> Linear\(3, 4\) -> LayerNorm\(5\)\n/);
  expect(err).toContain(
    "nnc: cannot read nowhere.nn: there is no such file or directory\nsyntax.nn:1:6 error",
  );
});

test("an empty file is worth a word", async () => {
  folder({ "empty.nn": "", "comments.nn": "# later\n", "numbers.nn": "sizes = [1, 2]\n" });
  const { code, out, err } = await nnc(["check", "empty.nn", "comments.nn", "numbers.nn"]);
  expect({ code, out }).toEqual({ code: 0, out: "" });
  expect(err).toContain("empty.nn:1:1 warning NN4010: there is nothing in this file");
  expect(err).toContain("2 warnings in 2 of 3 files");
});

describe("files that are no text in UTF-8", () => {
  const latin = new Uint8Array([...new TextEncoder().encode("ReLU # caf"), 0xe9]);
  const wide = new Uint8Array(Uint16Array.from("\uFEFFReLU\n", (c) => c.charCodeAt(0)).buffer);
  const others = {
    "latin.nn": [latin, "it is not UTF-8: save it as UTF-8"],
    "wide.nn": [wide, "it is UTF-16: save it as UTF-8"],
    "unmarked.nn": [wide.slice(2), "it is UTF-16: save it as UTF-8"],
    "program.nn": [new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), "it is a binary file, not a text"],
  } as const;

  test.each(Object.entries(others))("%s", async (name, [bytes, reason]) => {
    folder({ [name]: bytes, "importing.nn": `import { A } from "./${name}"\nA` });
    for (const command of ["check", "fmt", "info"])
      expect(await nnc([command, name])).toEqual({
        code: 1,
        out: "",
        err: `nnc: cannot read ${name}: ${reason}\n`,
      });
    // Characters that were guessed at would be written back.
    expect(readFileSync(name)).toEqual(Buffer.from(bytes));
    expect((await nnc(["check", "importing.nn"])).err).toContain(
      `NN4001: ${name} cannot be imported: ${reason}`,
    );
  });

  test("a byte order mark of UTF-8 is no part of the text", async () => {
    folder({ "marked.nn": "\uFEFFReLU\n" });
    for (const command of ["check", "info"]) expect((await nnc([command, "marked.nn"])).code).toBe(0);
  });
});

test("check of several files ends with how many are wrong", async () => {
  folder({
    "good.nn": "ReLU\n",
    "bad.nn": "x -> Linear(3, 4) -> LayerNorm(5) -> Relu\n",
    "warned.nn": "model M(size = 2) {\n  input x: f32[N, sise]\n  output y = x\n}\n",
  });
  const last = async (...names: string[]): Promise<string | undefined> => {
    const { out, err } = await nnc(["check", ...names]);
    expect(out).toBe("");
    return err.trimEnd().split("\n").at(-1);
  };
  expect(await last("bad.nn", "good.nn")).toBe("2 errors in 1 of 2 files");
  expect(await last("bad.nn", "good.nn", "warned.nn", "nowhere.nn")).toBe(
    "3 errors and 1 warning in 3 of 4 files",
  );
  expect(await last("warned.nn", "good.nn")).toBe("1 warning in 1 of 2 files");
  expect((await nnc(["check", "warned.nn", "good.nn"])).code).toBe(0);
  // Of one file, what stands there says it all.
  expect(await last("bad.nn")).toBe("  help: did you mean `ReLU`?");
});

test("check --json has what the help says, and no more", async () => {
  folder({ "bad.nn": "x -> Linear(3, 4) -> LayerNorm(5) -> Relu\n" });
  const { out } = await nnc(["check", "--json", "bad.nn"]);
  expect(JSON.parse(out)).toMatchInlineSnapshot(`
    {
      "diagnostics": [
        {
          "code": "NN2003",
          "message": "LayerNorm(5) cannot take f32[..., 4]: the last size must be 5",
          "notes": [
            {
              "message": "f32[..., 4] comes from here",
              "span": {
                "column": 6,
                "end": 17,
                "file": "bad.nn",
                "line": 1,
                "start": 5,
              },
            },
          ],
          "severity": "error",
          "span": {
            "column": 22,
            "end": 33,
            "file": "bad.nn",
            "line": 1,
            "start": 21,
          },
        },
        {
          "code": "NN3001",
          "message": "there is no layer or block \`Relu\`",
          "notes": [],
          "severity": "error",
          "span": {
            "column": 38,
            "end": 41,
            "file": "bad.nn",
            "line": 1,
            "start": 37,
          },
          "suggestion": "did you mean \`ReLU\`?",
        },
      ],
    }
  `);
  const { out: help } = await nnc(["help", "check"]);
  for (const key of [
    "code",
    "severity",
    "message",
    "suggestion",
    "span",
    "file",
    "start",
    "end",
    "line",
    "column",
    "notes",
  ])
    expect(help).toContain(`"${key}"`);
});

test("check --json", async () => {
  folder({ "good.nn": "ReLU\n", "bad.nn": wrong });
  expect(await nnc(["check", "good.nn", "--json"])).toEqual({
    code: 0,
    out: '{"diagnostics":[]}\n',
    err: "",
  });
  const { code, out, err } = await nnc(["check", "--json", "bad.nn", "nowhere.nn"]);
  expect({ code, err }).toEqual({ code: 1, err: "" });
  const { diagnostics } = JSON.parse(out) as { diagnostics: object[] };
  expect(diagnostics).toMatchObject([
    { severity: "error", span: { file: "bad.nn", line: 1, column: 22 } },
    { code: "NN4202", message: "cannot read nowhere.nn: there is no such file or directory" },
  ]);
});

test("check of an entry, in a mode", async () => {
  folder({
    "m.nn": "block B(n) { input x: f32[N, 3]; output y = x -> Linear(n, 4) }\n",
    "d.nn": "Dropout(0.5)\n",
  });
  expect((await nnc(["check", "m.nn", "--entry", "B", "--arg", "n=3"])).code).toBe(0);
  expect((await nnc(["check", "m.nn", "--entry", "B", "--arg", "n=5"])).code).toBe(1);
  expect((await nnc(["check", "d.nn"])).code).toBe(0);
});

test("check of weights that a file names", async () => {
  folder({
    "n.nn": 'weights "n.safetensors"\nPReLU(0.5)\n',
    "n.safetensors": saveSafetensors({ "0.weight": tensor([3]) }),
    "m.nn": 'weights "n.safetensors"\nPReLU(2)\n',
    "lost.nn": 'weights "lost.safetensors"\nPReLU(2)\n',
  });
  expect(await nnc(["check", "n.nn"])).toMatchObject({ code: 0, err: "" });
  expect((await nnc(["check", "m.nn"])).err).toContain(
    "m.nn:1:1 error NN4104: the weights do not fit the model: 1 shape differs\n    0.weight is [1], but the model has [2]\n",
  );
  const { code, err } = await nnc(["check", "lost.nn"]);
  expect(code).toBe(1);
  expect(err).toContain("NN4101: the weights lost.safetensors cannot be read: there is no such file\n");
});

test("fmt", async () => {
  folder({ "a.nn": "x->ReLU( )", "b.nn": "x -> ReLU\n", "c.nn": "x -> -> ReLU\n" });
  expect(await nnc(["fmt", "--check", "a.nn", "b.nn"])).toEqual({
    code: 1,
    out: "",
    err: "a.nn is not formatted\n",
  });
  expect(text("a.nn")).toBe("x->ReLU( )");
  const { code, out, err } = await nnc(["fmt", "c.nn", "a.nn", "b.nn", "nowhere.nn"]);
  expect({ code, out }).toEqual({ code: 1, out: "a.nn\n" });
  expect(err).toMatch(/^c\.nn:1:6 error NN1\d+: [^]*\nnnc: cannot read nowhere\.nn: /);
  expect([text("a.nn"), text("b.nn"), text("c.nn")]).toEqual([
    "x -> ReLU\n",
    "x -> ReLU\n",
    "x -> -> ReLU\n",
  ]);
  expect(files()).toEqual(["a.nn", "b.nn", "c.nn"]);
  expect((await nnc(["fmt", "--check", "a.nn"])).code).toBe(0);
});

test("fmt of standard input", async () => {
  expect(await nnc(["fmt", "-"], "x->ReLU")).toEqual({ code: 0, out: "x -> ReLU\n", err: "" });
  expect((await nnc(["fmt", "-"], "x -> (")).err).toMatch(/^<stdin>:1:\d+ error/);
});

test("print --after takes every stage and pass", async () => {
  folder({ "n.nn": "x->Linear(2,3)->ReLU" });
  const print = async (name: string) => {
    const { code, out, err } = await nnc(["print", "n.nn", "--after", name]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return out;
  };
  expect(await print("parse")).toBe("x -> Linear(2, 3) -> ReLU\n");
  for (const name of passNames) expect((await print(name)).length).toBeGreaterThan(50);
  expect(await print("resolve")).toContain("Linear");
  expect(await print("emit")).toContain("export function create(");
});

test("print --each has all of them in order", async () => {
  folder({ "n.nn": "Linear(2, 3) -> ReLU\n" });
  const { out } = await nnc(["print", "n.nn", "--each"]);
  const names = [...out.matchAll(/^### (\S+?):?(?: |$)/gm)].map((match) => match[1]);
  expect(names).toEqual(["parse", ...passNames, "emit"]);
});

test("print without a stage, with a wrong one, of a wrong file", async () => {
  folder({ "n.nn": "ReLU\n", "bad.nn": wrong, "syntax.nn": "x -> -> ReLU\n" });
  expect(await nnc(["print", "n.nn"])).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining("--each"),
  });
  expect(await nnc(["print", "n.nn", "--after", "magic"])).toMatchObject({ code: 2, out: "" });
  expect(await nnc(["print", "n.nn", "--after", "parse", "--each"])).toMatchObject({ code: 2, out: "" });
  expect(await nnc(["print", "bad.nn", "--after", "fuse"])).toMatchObject({ code: 1, out: "" });
  expect(await nnc(["print", "syntax.nn", "--after", "parse"])).toMatchObject({ code: 1, out: "" });
});

test("print --passes lists the passes with their reasons, and a pass can be left out", async () => {
  folder({ "n.nn": "LayerNorm(10, eps=0) -> PReLU(0.25)\n" });
  const { out } = await nnc(["print", "--passes"]);
  const names = [...out.matchAll(/^([\w-]+)( \(optional\))?$/gm)];
  expect(names.map(([, name]) => name)).toEqual(passNames.slice(1));
  expect(names.flatMap(([, name, optional]) => (optional ? [name] : []))).toEqual(optionalPasses);
  expect(out).toContain("  before split: the tables are computed in `prepare`\n");
  const emit = ["print", "n.nn", "--after", "emit"];
  const whole = (await nnc(emit)).out;
  const plain = (await nnc([...emit, "--without", "tabulate", "--without", "schedule"])).out;
  expect(plain).not.toBe(whole);
  expect(plain).toContain(" ? ");
  expect((await nnc(["print", "n.nn", "--after", "fuse", "--without", "fuse"])).err).toContain(
    "that can be left out are prune, ",
  );
  expect(await nnc(["print"])).toMatchObject({ code: 2, out: "" });
});
