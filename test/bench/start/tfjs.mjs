// The same by TensorFlow.js.
import { loadTfjs, tensorsOf } from "../peers/tfjs.mjs";
import { works } from "../works.mjs";
import { readJob, tell } from "./child.mjs";

const backend = process.argv[4] === "wasm" ? "wasm" : "cpu";
const tf = await loadTfjs(backend);
const { x, shape, name, parameters } = readJob();
const work = works.find((each) => each.name === name);
if (!work) throw new Error(`no work is called ${name}`);
tell(work.tfjs(tf, tensorsOf(tf, parameters), tf.tensor(x, shape)).dataSync());
