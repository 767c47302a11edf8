// The same by TensorFlow.js.
import { loadTfjs, tensorsOf } from "../peers/tfjs.mjs";
import { workOf } from "../works/index.mjs";
import { readJob, tell } from "./child.mjs";

const backend = process.argv[4] === "wasm" ? "wasm" : "cpu";
const { x, shape, name, parameters } = readJob();
const from = performance.now();
const tf = await loadTfjs(backend);
tell(workOf(name).tfjs(tf, tensorsOf(tf, parameters), tf.tensor(x, shape)).dataSync(), from);
