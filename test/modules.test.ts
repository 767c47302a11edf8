/** Where modules run: a worker, and an engine that has the language and nothing of the web's or of Node's. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { compile, emit, type Nested, type Tensor } from "../compiler/index.ts";
import { golden, goldenNames } from "./golden-case.ts";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));
const examples = readdirSync(folder).filter((file) => file.endsWith(".nn"));

const modules: readonly (readonly [string, string])[] = [
  ...examples.map(
    (file) => [file, emit(readFileSync(folder + file, "utf8"), { filename: file }).code] as const,
  ),
  ...goldenNames.flatMap((name) => {
    const code = golden(name).files["module.js"];
    return code === undefined ? [] : [[name, code] as const];
  }),
];

test.each(modules)("%s imports nothing and evaluates no text", (_, code) => {
  // `load`, which comes last, asks where it is and whether there are files.
  const [before, loading = ""] = code.split("\nexport async function load(");
  expect(loading).not.toMatch(/\beval\b|\bFunction\b|\bimport\b(?!\.meta\.url)|\brequire\b|\bBuffer\b/);
  expect(before).not.toMatch(
    /(?<!'wasm-unsafe-)\beval\b|\bFunction\b|\bimport\b|\brequire\b|\bprocess\b|\bBuffer\b|\bglobalThis\b/,
  );
});

/** Inputs and outputs of an example by name, as plain arrays. */
function expected(file: string): { inputs: unknown; outputs: unknown } {
  const model = compile(readFileSync(folder + file, "utf8"), { filename: file });
  const inputs = JSON.parse(readFileSync(folder + file.replace(/nn$/, "input.json"), "utf8")) as Nested;
  const given = model(inputs);
  const outputs: Record<string, Tensor> =
    model.outputs.length === 1 ? { [model.outputs[0]!.name]: given } : given;
  const plain = Object.entries(outputs).map(([name, { shape, data }]) => [
    name,
    { shape, data: Array.from(data, Number) },
  ]);
  return { inputs, outputs: Object.fromEntries(plain) };
}

/** A script of what is done with a module: `run` gives outputs as `expected` has them. */
const RUN = `(module, inputs) => {
  const given = module.default(inputs);
  const outputs = module.outputs.length === 1 ? { [module.outputs[0].name]: given } : given;
  const error = module.selfTest();
  const plain = Object.entries(outputs).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]);
  return { error, outputs: Object.fromEntries(plain) };
}`;

test.each(examples)("%s in a worker", async (file) => {
  const { code } = emit(readFileSync(folder + file, "utf8"), { filename: file });
  const { inputs, outputs } = expected(file);
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  const text = `const { parentPort, workerData } = require("node:worker_threads");
    import(${JSON.stringify(url)}).then((module) => parentPort.postMessage((${RUN})(module, workerData)));`;
  const worker = new Worker(text, { eval: true, workerData: inputs });
  const result = await new Promise<{ error: number; outputs: unknown }>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  expect(result.outputs).toEqual(outputs);
  expect(result.error).toBeLessThan(16);
});

test.each(examples)("%s with the globals of the language alone", (file) => {
  const { code } = emit(readFileSync(folder + file, "utf8"), { filename: file });
  const { inputs, outputs } = expected(file);
  const context = createContext({});
  const names = ["inputs", "outputs", "parameters", "create", "selfTest"];
  const body = code.replaceAll(/^export default (.*);$/gm, "const ready = $1;").replaceAll(/^export /gm, "");
  const script = `(() => { "use strict"; ${body}\nreturn { ${names.join(", ")}, default: ready }; })()`;
  const run = runInContext(
    `JSON.stringify((${RUN})(${script}, JSON.parse(${JSON.stringify(JSON.stringify(inputs))})))`,
    context,
  ) as string;
  const result = JSON.parse(run) as { error: number; outputs: unknown };
  expect(result.outputs).toEqual(JSON.parse(JSON.stringify(outputs)));
  expect(result.error).toBeLessThan(16);
});
