// The same by ONNX Runtime, from a file as its users have it.
import { readFileSync } from "node:fs";
import { readJob, tell } from "./child.mjs";

const [path, , package_] = process.argv.slice(2);
const { x, shape } = readJob();
const from = performance.now();
const imported = await import(package_);
const ort = imported.default?.InferenceSession ? imported.default : imported;
if (package_ === "onnxruntime-web") ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(readFileSync(path), { intraOpNumThreads: 1 });
tell((await session.run({ x: new ort.Tensor("float32", x, shape) })).y.data, from);
