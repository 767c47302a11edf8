// The same by jax-js.
import { loadJax, tensorsOf } from "../peers/jax.mjs";
import { workOf } from "../works/index.mjs";
import { readJob, tell } from "./child.mjs";

const { x, shape, name, parameters } = readJob();
const from = performance.now();
const jx = await loadJax();
const input = jx.numpy.array(x, { shape });
const { jax } = workOf(name);
const apply = jx.jit((/** @type {any} */ p, /** @type {any} */ value) => jax(jx, p, value));
tell(apply(tensorsOf(jx, parameters), input).dataSync(), from);
