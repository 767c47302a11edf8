/** Texts that would move the cursor, hide or turn text: none reaches a terminal through any command. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  check,
  compile,
  loadSafetensors,
  NnError,
  renderDiagnostic,
  saveSafetensors,
} from "../../compiler/index.ts";
import { loadNpy } from "../../runtime/npy.ts";
import { visible, visibleJson, visibleLines } from "../../runtime/visible.ts";
import { keys, piped, Terminal } from "../repl/support.ts";
import { folder, nnc, type Ran } from "./support.ts";

/** A title, a cleared screen, red; the other direction, ends of lines, C1, what has no width, a line of its own, DEL. */
const BAD =
  "\u001B]0;OWNED\u0007\u001B[2J\u001B[31mred\u202Eevil\u2028\u0085\u009B1m\u200B\u{E0041}\r\n0 errors\u007F";
const MARK = "OWNED";

// What is not seen, but for ends of lines and tabs.
const HIDDEN = /[^\n\t\P{C}]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

function expectSeen(text: string, what: string): void {
  expect(
    HIDDEN.exec(text)?.[0].codePointAt(0)?.toString(16),
    `${what}\n${JSON.stringify(text)}`,
  ).toBeUndefined();
  // No name begins a line of its own.
  expect(text, what).not.toMatch(/^0 errors/m);
}

/** Runs a command plainly and for a terminal with colours, which say the same. */
async function seen(argv: readonly string[], stdin = ""): Promise<Ran> {
  const ran = await nnc(argv, stdin);
  const what = visible(argv.join(" "));
  expectSeen(ran.out, what);
  expectSeen(ran.err, what);
  expect(ran.code, `${what}\n${ran.err}`).not.toBe(70);
  if (argv.includes("--watch") || argv.includes("bench")) return ran;
  const coloured = await nnc(argv, stdin, { colours: { out: true, err: true }, isTerminal: true });
  // oxlint-disable-next-line no-control-regex -- colours are control sequences
  const bare = coloured.err.replaceAll(/\u001B\[(?:31|33|34|36|39)m/g, "");
  expectSeen(bare, what);
  expectSeen(coloured.out, what);
  if (!argv.includes("--each")) expect({ ...coloured, err: bare }, what).toEqual(ran);
  return ran;
}

const escaped = (text: string): string =>
  JSON.stringify(text).replaceAll(/[{}\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`); // prettier-ignore

const label = escaped(BAD);
const sources = {
  "label.nn": `x -> ${label}: PReLU -> Linear(2, 2)`,
  "other.nn": `x -> ${label}: Linear(2, 2) -> PReLU`,
  "group.nn": `model M { input x: f32[N, 2]; output y = x -> ${label}: (PReLU -> a: Linear(2, 2) -> BatchNorm1d(2)) }`,
  "argument.nn": `x -> GELU(approximate=${label})`,
  "clash.nn": `x -> (${label}: PReLU) -> (${label}: PReLU)`,
  "import.nn": `import { A } from ${escaped(`./${BAD}.nn`)}\nx -> A`,
  "weights.nn": `weights ${escaped(`./${BAD}.safetensors`)}\nx -> ReLU`,
  "unknown.nn": `x -> Relu # ${BAD.replaceAll(/[\r\n]/g, " ")}`,
  "characters.nn": `x -> ${BAD.replaceAll(/[\r\n]/g, " ")} ReLU`,
  "raw.nn": `x -> "${BAD.replaceAll(/[\r\n]/g, " ")}": Relu`,
  "raw-fine.nn": `x -> "${BAD.replaceAll(/[\r\n]/g, " ")}": PReLU`,
  "plain.nn": "x -> PReLU",
  "two.nn": "model M { input a: f32[1]; input b: f32[1]; output a + b }",
  "x.json": "[[1, 2], [3, 4]]",
  "key.json": `{ ${JSON.stringify(BAD)}: [1] }`,
  "twice.json": `{ ${JSON.stringify(BAD)}: [1], ${JSON.stringify(BAD)}: [1] }`,
  "dtype.json": `{ "dtype": ${JSON.stringify(BAD)}, "data": [1] }`,
  "text.json": JSON.stringify([BAD]),
  "wrong.json": `[1, ${BAD}]`,
};

/** A file of weights with one name, and what `with` makes of its header. */
function weights(name: string, change: (header: string) => string = (header) => header): Uint8Array {
  const tensor = { dtype: "f32", shape: [1], data: Float32Array.of(1) } as const;
  const bytes = saveSafetensors({ [name]: tensor });
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = new TextEncoder().encode(change(new TextDecoder().decode(bytes.subarray(8, 8 + length))));
  const whole = new Uint8Array(8 + header.length + 4);
  new DataView(whole.buffer).setUint32(0, header.length, true);
  whole.set(header, 8);
  return whole;
}

function makeFolder(): void {
  folder({
    ...sources,
    "named.safetensors": weights(BAD),
    "shape.safetensors": weights(BAD, (header) => header.replace("[1]", "[7]")),
    "dtype.safetensors": weights(BAD, (header) => header.replace('"F32"', JSON.stringify(BAD))),
    "twice.safetensors": weights(BAD, (header) => header.replace(/\{(.*)\}/s, "{$1,$1}")),
    "broken.safetensors": weights(BAD, (header) => header.replace('"F32"', BAD)),
    [`${BAD}.nn`.replaceAll("/", "")]: "x -> Relu",
    [`fine${BAD}.nn`]: "x->PReLU",
    [`${BAD}.json`]: "[1, x]",
  });
}

describe("nets with such labels", () => {
  const nets = ["label.nn", "group.nn", "raw-fine.nn"];
  test.each([
    ["check"],
    ["check", "--json"],
    ["info"],
    ["info", "--json"],
    ["explain"],
    ["explain", "--mode", "train"],
    ["graph"],
    ["graph", "--after", "fuse"],
    ["graph", "--format", "mermaid"],
    ["graph", "--format", "dot"],
    ["graph", "--format", "dot", "--after", "fuse"],
    ["graph", "--format", "svg"],
    ["print", "--each"],
    ["run", "--input", "x.json"],
    ["run", "--input", "x.json", "--json"],
    ["bench", "--size", "N=1", "--seconds", "0.01"],
    ["compile", "-o", "out.js"],
    ["compile", "-o", "outside.js", "--external"],
    ["diff", "other.nn"],
    ["diff", "other.nn", "--json"],
    ["fmt", "--check"],
  ])("nnc %s %s %s", async (command, ...rest) => {
    makeFolder();
    for (const net of nets) {
      // The slow ones see one net: it has all kinds of names.
      if (/bench|print/.test(command) && net !== "group.nn") continue;
      const { out } = await seen([command, net, ...rest]);
      if (rest.includes("--json")) expect(() => JSON.parse(out) as unknown).not.toThrow();
    }
  });

  test("JSON has the very names", async () => {
    makeFolder();
    const { out } = await seen(["info", "label.nn", "--json"]);
    const { layers } = JSON.parse(out) as { layers: { path: string }[] };
    expect(layers.map(({ path }) => path)).toContain(BAD);
  });
});

test("messages about sources, weights and inputs", async () => {
  makeFolder();
  for (const net of ["argument", "clash", "import", "weights", "unknown", "characters", "raw"]) {
    const { err } = await seen(["check", `${net}.nn`]);
    expect(err).toContain("error NN");
    await seen(["check", `${net}.nn`, "--json"]);
    await seen(["run", `${net}.nn`, "--input", "x.json"]);
  }
  for (const file of ["named", "shape", "dtype", "twice", "broken"]) {
    const { err } = await seen(["run", "plain.nn", "--weights", `${file}.safetensors`, "--input", "x.json"]);
    expect(err).toContain(file === "broken" ? "line" : MARK);
    await seen(["run", "plain.nn", "--partial", "--weights", `${file}.safetensors`, "--input", "x.json"]);
  }
  for (const input of ["key", "twice", "dtype", "text", "wrong"])
    expect((await seen(["run", "two.nn", "--input", `${input}.json`])).err).not.toBe("");
});

test("arguments", async () => {
  makeFolder();
  for (const argv of [
    [BAD],
    [`--${BAD}`],
    [`--${BAD}=1`],
    ["help", BAD],
    ["layers", BAD],
    ["layers", BAD, "--json"],
    ["completion", BAD],
    ["run", "two.nn", "--input", `${BAD}=x.json`],
    ["run", "two.nn", "--input", BAD],
    ["run", "plain.nn", "--input", "x.json", "--weights", BAD],
    ["run", "plain.nn", "--input", "x.json", "--seed", BAD],
    ["run", "plain.nn", "--input", "x.json", `--seed=${BAD}`],
    ["run", "plain.nn", "--input", "x.json", "--mode", BAD],
    ["run", "plain.nn", "--entry", BAD],
    ["run", "plain.nn", "--arg", BAD],
    ["run", "plain.nn", "--arg", `x=${BAD}`],
    ["run", "plain.nn", "--arg", `${BAD}=1`],
    ["check", "plain.nn", "--entry", BAD],
    ["check", "plain.nn", "--arg", `n=${BAD}`],
    ["info", "plain.nn", "--entry", BAD, "--json"],
    ["print", "plain.nn", "--after", BAD],
    ["graph", "plain.nn", "--format", BAD],
    ["graph", "plain.nn", "-o", `${BAD}.png`],
    ["graph", "plain.nn", "-o", `no/${BAD}.dot`],
    ["compile", "plain.nn", "-o", BAD],
    ["compile", "plain.nn", "-o", `plain.nn/${BAD}.js`],
    ["bench", "plain.nn", "--size", `${BAD}=1`],
    ["bench", "plain.nn", "--size", BAD],
    ["bench", "plain.nn", "--seconds", BAD],
    ["repl", BAD],
  ])
    expect((await seen(argv)).code, visible(argv.join(" "))).toBeGreaterThan(0);
});

test("names of files", async () => {
  makeFolder();
  const wrong = `${BAD}.nn`;
  for (const argv of [
    ["check", wrong, "plain.nn"],
    ["check", wrong, "--json"],
    ["check", `no${BAD}`],
    ["check", `no${BAD}`, "--json"],
    ["info", wrong],
    ["fmt", "--check", `fine${BAD}.nn`, wrong, `no${BAD}`],
    ["diff", wrong, wrong],
    ["run", "plain.nn", "--input", `${BAD}.json`],
    ["explain", `no${BAD}`],
  ])
    expect((await seen(argv)).code).toBe(1);
  for (const argv of [
    ["check", `fine${BAD}.nn`],
    ["explain", `fine${BAD}.nn`],
    ["print", `fine${BAD}.nn`, "--after", "resolve"],
    ["graph", `fine${BAD}.nn`, "--format", "dot"],
    ["diff", `fine${BAD}.nn`, `fine${BAD}.nn`],
    ["graph", "plain.nn", "-o", `g${BAD}.txt`],
    ["compile", `fine${BAD}.nn`, "-o", `m${BAD}.js`],
  ])
    expect((await seen(argv)).code).toBe(0);
  const fmt = await nnc(["fmt", `fine${BAD}.nn`]);
  expectSeen(fmt.out, "fmt");
  expect(fmt.out).toContain(MARK);
  expect(readFileSync(`m${BAD}.js`, "utf8").split("\n")[3]).toBe("");
});

test("a text that was asked for goes to a pipe as it is, and to a terminal so that all of it is seen", async () => {
  const source = `# ${BAD.replaceAll(/[\r\n]/g, " ")}\nx -> ReLU\n`;
  folder({ "a.nn": source });
  for (const [argv, stdin] of [
    [["fmt", "-"], source],
    [["print", "a.nn", "--after", "parse"], ""],
  ] as const) {
    expect((await nnc(argv, stdin)).out).toBe(source);
    const shown = await nnc(argv, stdin, { isTerminal: true });
    expect(shown.out).toBe(visibleLines(source));
    expectSeen(shown.out, argv.join(" "));
  }
});

test("what is under way", async () => {
  makeFolder();
  const steps: string[] = [];
  await nnc(["check", `fine${BAD}.nn`], "", { step: (what) => void steps.push(what ?? "") });
  expect(steps.join("")).toContain(MARK);
  for (const step of steps) expect(step).not.toMatch(/[\n\t]/);
  expectSeen(steps.join(""), "steps");
});

describe("sessions", () => {
  const flat = BAD.replaceAll(/[\r\n]/g, " ");
  const lines = [
    `"${flat}"`,
    `s = "${flat}"`,
    "s",
    `m = "${flat}": PReLU`,
    "m",
    "[1, 2] -> m",
    ".weights",
    ".weights m",
    ".graph",
    ".plan",
    ".info",
    ".explain",
    ".code",
    `.load ${flat}`,
    `.save ${flat}`,
    `.save ${flat}.nn`,
    `.weights m ${flat}`,
    `.layers ${flat}`,
    `.mode ${flat}`,
    `.seed ${flat}`,
    `.${flat}`,
    ".weights named.safetensors",
    `x -> Relu # ${flat}`,
    `${flat}`,
    `import { A } from "./${flat}.nn"`,
    `([1] -> "${flat}": PReLU) + ([1] -> "${flat}": PReLU)`,
  ];

  test("in a pipe", async () => {
    makeFolder();
    const { out, err } = await piped(`${lines.join("\n")}\n`);
    expectSeen(out, "out");
    expectSeen(err, "err");
    expect(out).toContain(MARK);
    expect(err).toContain(MARK);
  });

  test("lines of another day, and names of files that Tab would offer", async () => {
    makeFolder();
    writeFileSync("history", `fine = 1\n"\u001B]0;OWNED\u0007"\n`, { mode: 0o600 });
    const terminal = new Terminal({ NNC_HISTORY: "history" });
    let shown = await terminal.shown();
    shown += await terminal.press(keys.up, keys.up);
    expect(shown).toContain("fine = 1");
    expect(shown).not.toContain(MARK);
    shown = await terminal.press(keys.ctrlU, ...Array.from(".load "), keys.tab, keys.tab);
    expect(shown).toContain("label.nn");
    expect(shown).not.toContain(MARK);
    await terminal.press(keys.ctrlU);
    await terminal.leave();
  });
});

test("what the library throws and returns, for others to print", () => {
  const read = (): never => {
    throw new Error(BAD);
  };
  for (const source of [
    sources["argument.nn"],
    sources["clash.nn"],
    sources["import.nn"],
    sources["raw.nn"],
    sources["weights.nn"],
  ]) {
    const diagnostics = check(source, { filename: `${BAD}.nn`, read });
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const one of diagnostics) {
      for (const text of [one.message, one.suggestion ?? "", ...one.notes.map(({ message }) => message)])
        expect(text).toBe(visibleLines(text));
      expectSeen(renderDiagnostic(one, source), "rendered");
      expect(one.span.file === `${BAD}.nn` || one.span.file.length > 0).toBe(true);
    }
    expectSeen(new NnError(diagnostics, [{ file: `${BAD}.nn`, text: source }]).message, "thrown");
  }
  const thrown = (work: () => unknown): string => {
    try {
      work();
    } catch (cause) {
      return (cause as Error).message;
    }
    return "nothing was thrown";
  };
  const model = compile("ReLU");
  for (const message of [
    thrown(() => loadSafetensors(weights(BAD, (header) => header.replace("[1]", "[7]")))),
    thrown(() => loadSafetensors(weights(BAD, (header) => header.replace('"F32"', JSON.stringify(BAD))))),
    thrown(() =>
      saveSafetensors({ [`${BAD}\ud800`]: { dtype: "f32", shape: [1], data: Float32Array.of(1) } }),
    ),
    thrown(() => saveSafetensors({ [BAD]: { dtype: "f32", shape: [2], data: Float32Array.of(1) } })),
    thrown(() => model.input(BAD, [1])),
    thrown(() => loadNpy(new TextEncoder().encode(BAD))),
    thrown(() =>
      compile("PReLU", { weights: { [BAD]: { dtype: "f32", shape: [1], data: Float32Array.of(1) } } }),
    ),
  ]) {
    expect(message).not.toBe("nothing was thrown");
    expectSeen(message, message);
  }
});

test("carets stand under what they mark, though it is longer than in the source", () => {
  const source = `x -> "\u001B\u202E": ReLU -> Relu`;
  const [, line, carets] = renderDiagnostic(check(source)[0]!, source).split("\n");
  expect(line).toBe('  1 | x -> "\\u{1b}\\u{202e}": ReLU -> Relu');
  expect(carets!.indexOf("^")).toBe(line!.indexOf("Relu"));
  expect(carets!.trimEnd().length).toBe(line!.length);
});

test("escapes say what was there", () => {
  expect(visible("a\u001B\n\t\u{E0041}\ud800é")).toBe("a\\u{1b}\\u{a}\\u{9}\\u{e0041}\\u{d800}é");
  expect(visibleLines("a\n\tb\r")).toBe("a\n\tb\\u{d}");
  const text = `${BAD}\u{E0041}\ud800`;
  expect(JSON.parse(visibleJson(JSON.stringify(text)))).toBe(text);
  expectSeen(visibleJson(JSON.stringify(text)), "JSON");
});
