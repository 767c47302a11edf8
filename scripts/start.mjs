// What `npm start` shows: the tutorial's net, compiled and run.
import { readFileSync } from "node:fs";
import { compile, formatTensor } from "../dist/compiler/index.js";

const filename = "examples/variants.nn";
const model = compile(readFileSync(filename, "utf8"), { filename });
const input = JSON.parse(readFileSync("examples/variants.input.json", "utf8"));
const outputs = model(input);

console.log(`${filename}, compiled and run on\n[${input.join(", ")}]\n`);
const titles = { ln: "LayerNorm", prelu: "PReLU", relu: "ReLU", leaky: "LeakyReLU" };
for (const [name, title] of Object.entries(titles)) {
  console.log(`${title}\n${formatTensor(outputs[name])}\n`);
}
console.log(`Next:
  npx nnc run examples/layernorm.nn --input examples/layernorm.input.json
  npx nnc compile examples/layernorm.nn -o layernorm.js
  npx nnc --help`);
