/** What a bundler makes of the package for browsers, without configuration, and that it runs where there is no Node. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, runInContext, type Context } from "node:vm";
import { build, transform, type Format } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check, compile, emit } from "../../compiler/index.ts";
import { makeProject, removeProject, root } from "./project.ts";

let folder = "";

beforeAll(() => {
  folder = makeProject();
});

afterAll(() => removeProject(folder));

interface Bundle {
  readonly text: string;
  /** Files that are in it, by their paths from the package or the folder. */
  readonly files: readonly string[];
}

async function bundle(page: string, format: Format = "esm"): Promise<Bundle> {
  const { outputFiles, metafile, warnings } = await build({
    stdin: { contents: page, resolveDir: folder, sourcefile: "page.js" },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    format,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  expect(warnings).toEqual([]);
  const [{ inputs }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
  const files = Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput === 0 ? [] : [path.replace(/^.*node_modules\//, "")],
  );
  return { text: outputFiles[0]!.text, files: files.sort() };
}

test("a page with a module carries nothing of nnc", async () => {
  const { code } = emit(readFileSync(`${root}examples/classifier.nn`, "utf8"), { filename: "classifier.nn" });
  writeFileSync(join(folder, "classifier.js"), code);
  const { text, files } = await bundle(
    'import model from "./classifier.js"; document.title = model([[5.1, 3.5, 1.4, 0.2]]).probs.data;',
  );
  expect(files).toEqual(["classifier.js", "page.js"]);
  const { code: alone } = await transform(code, { minify: true, format: "esm" });
  expect(text.length).toBeLessThan(alone.length + 100);
});

describe.each([false, true])("of a module, weights outside: %s", (external) => {
  const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith(".nn"));
  test.each(examples)("%s: what nobody takes is left out", async (filename) => {
    const { code } = emit(readFileSync(`${root}examples/${filename}`, "utf8"), { filename, external });
    writeFileSync(join(folder, "net.js"), code);
    const { text } = await bundle('import { inputs } from "./net.js"; document.title = inputs.length;');
    expect(text.length).toBeLessThan(1000);
    const all = await bundle('import { create } from "./net.js"; document.title = typeof create;');
    expect(all.text.length).toBeGreaterThan(2000);
    // The ready model and the self test are not made for those who make their own.
    expect(all.text).not.toMatch(/selfTest/);
  });
});

test("modules of CommonJS are bundled as well", async () => {
  const { code } = emit("PReLU(0.25)", { format: "cjs" });
  writeFileSync(join(folder, "net.cjs"), code);
  const page =
    'import model, { create } from "./net.cjs"; globalThis.result = [model([-4]).data[0], create()([8]).data[0]];';
  const { text } = await bundle(page, "iife");
  expect(runInContext(`${text} JSON.stringify(result)`, createContext({}))).toBe("[-1,8]");
});

describe("what runs beside models comes without the compiler", () => {
  test.each([
    ["formatTensor", "nnc", 8_000],
    ["tensor", "nnc", 4_000],
    ["loadSafetensors", "nnc", 11_500],
    ["saveSafetensors", "nnc", 8_000],
    ["version", "nnc", 100],
    ["loadNpy", "nnc/runtime", 6_000],
  ])("%s of %s", async (name, entry, most) => {
    const { text, files } = await bundle(`import { ${name} } from "${entry}"; console.log(${name});`);
    const others = files.filter(
      (path) => !/^nnc\/dist\/runtime\/|^nnc\/dist\/compiler\/version\.js$/.test(path),
    );
    expect(others).toEqual(["page.js"]);
    expect(text.length).toBeLessThan(most);
  });
});

// The passes say which sizes are too complicated.
test("check comes without what prints JavaScript", async () => {
  const { files } = await bundle('import { check } from "nnc"; console.log(check("ReLU"));');
  expect(files).toContain("nnc/dist/compiler/resolve/index.js");
  expect(files.filter((path) => /\/compiler\/emit\//.test(path))).toEqual([]);
});

/** An engine with what the language defines and what a page, a worker and an edge runtime have of the web's. */
function engine(script: string, options: { evaluates?: boolean } = {}): Context {
  const context = createContext(
    { atob, btoa, performance, TextDecoder, TextEncoder },
    { codeGeneration: { strings: options.evaluates ?? true, wasm: false } },
  );
  runInContext(`globalThis.self = globalThis; ${script}`, context);
  return context;
}

/** What an expression gives there, which JSON can carry. */
function evaluate(context: Context, expression: string): unknown {
  return JSON.parse(runInContext(`JSON.stringify(${expression})`, context) as string);
}

describe("the compiler in an engine without Node", () => {
  let script = "";

  beforeAll(async () => {
    const page = 'import * as nnc from "nnc"; globalThis.nnc = nnc;';
    // The format of a classic script, which has no await outside of functions.
    ({ text: script } = await bundle(page, "iife"));
  });

  test("it has no Node", () => {
    expect(evaluate(engine(script), "[typeof process, typeof Buffer, typeof require]")).toEqual(
      Array(3).fill("undefined"),
    );
  });

  const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith(".nn"));

  test("modules are the same to the byte", () => {
    const context = engine(script);
    expect(examples.length).toBeGreaterThan(4);
    for (const filename of examples) {
      const text = readFileSync(`${root}examples/${filename}`, "utf8");
      const given = `nnc.emit(${JSON.stringify(text)}, { filename: "some/folder/${filename}" })`;
      expect(evaluate(context, given), filename).toEqual(emit(text, { filename }));
    }
  });

  test("models compute the same", () => {
    const context = engine(script);
    for (const filename of examples) {
      const text = readFileSync(`${root}examples/${filename}`, "utf8");
      const inputs = readFileSync(`${root}examples/${filename.replace(/nn$/, "input.json")}`, "utf8");
      const given = evaluate(context, `nnc.compile(${JSON.stringify(text)})(${inputs})`);
      const wanted = compile(text, { filename })(JSON.parse(inputs) as number[]);
      expect(given, filename).toEqual(JSON.parse(JSON.stringify(wanted)));
    }
  });

  test("imports and weights are read by `read`", () => {
    const bytes = Array.from(readFileSync(`${root}examples/digits/digits.safetensors`));
    const files = {
      "digits.nn": readFileSync(`${root}examples/digits/digits.nn`, "utf8"),
      "parts.nn": "block Part { Linear(2, 3) -> ReLU }",
    };
    const context = engine(script);
    runInContext(
      `const files = { ...${JSON.stringify(files)}, "digits.safetensors": Uint8Array.from(${JSON.stringify(bytes)}) };
      const read = (path) => files[path];
      const digits = nnc.compile(files["digits.nn"], { filename: "digits.nn", read });
      const imports = nnc.compile('import { Part } from "parts.nn"\\nPart', { read });`,
      context,
    );
    expect(evaluate(context, "imports(new Float32Array(2)).shape")).toEqual([3]);
    expect(evaluate(context, "Object.keys(digits.parameters).length")).toBe(12);
    const pixels = "Float32Array.from({ length: 784 }, (_, i) => i % 256)";
    // The engine has no WebAssembly.
    const model = compile(files["digits.nn"], { filename: `${root}examples/digits/digits.nn`, target: "js" });
    const { logits } = model(Float32Array.from({ length: 784 }, (_, i) => i % 256));
    expect(evaluate(context, `Array.from(digits(${pixels}).logits.data)`)).toEqual(
      Array.from(logits!.data as Float32Array),
    );
  });

  test("without `read` it says that there are no files", () => {
    const context = engine(script);
    const source = 'import { Part } from "parts.nn"\nweights "w.safetensors"\nLinear(2, 3)';
    const messages = evaluate(
      context,
      `nnc.check(${JSON.stringify(source)}).map(({ code, message }) => [code, message])`,
    ) as string[][];
    const reason = "there is no file system here; the option `read` takes a function that reads files";
    expect(messages).toContainEqual(["NN4001", `parts.nn cannot be imported: ${reason}`]);
    expect(messages).toContainEqual(["NN4101", `the weights w.safetensors cannot be read: ${reason}`]);
  });

  test("where text may not become code, all but compile goes on", () => {
    const context = engine(script, { evaluates: false });
    expect(evaluate(context, 'nnc.emit("LayerNorm(4)").code.length')).toBe(emit("LayerNorm(4)").code.length);
    const wrong = "Linear(3, 4) -> LayerNorm(5)";
    expect(evaluate(context, `nnc.check("${wrong}")[0].message`)).toBe(check(wrong)[0]!.message);
    const caught = `(() => { try { nnc.compile("ReLU") } catch (error) { return String(error); } })()`;
    expect(evaluate(context, caught)).toBe(
      "EvalError: compile makes code of text, which this engine or a Content-Security-Policy without 'unsafe-eval' " +
        "forbids; import a module made by nnc compile instead",
    );
  });
});
