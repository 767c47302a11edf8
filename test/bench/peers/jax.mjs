// jax-js, which compiles functions to wasm kernels as they are called: the nearest relative.
import { installedVersion } from "../packages.mjs";

/** @returns {Promise<import("./index.mjs").Peer>} */
export async function openJax() {
  const jx = await loadJax();
  return {
    name: "jax-js",
    version: String(installedVersion("@jax-js/jax")),
    async prepare({ jax, parameters, shape, x, given }) {
      const apply = jx.jit((/** @type {any} */ p, /** @type {any} */ value, /** @type {any} */ others) =>
        jax(jx, p, value, others),
      );
      const tensors = tensorsOf(jx, parameters);
      const input = jx.numpy.array(x, { shape });
      const others = tensorsOf(jx, given);
      let y = new Float32Array();
      // A call takes its operands over; `ref` keeps them for the next.
      const run = () => {
        y = apply(jx.tree.ref(tensors), input.ref, jx.tree.ref(others)).dataSync();
      };
      // The first call compiles.
      await withoutWorker(run);
      return {
        run,
        output: () => y,
        close: () => {
          apply.dispose();
          jx.tree.dispose([tensors, input, others]);
        },
      };
    },
  };
}

/** @returns {Promise<any>} */
export async function loadJax() {
  // It asks whether this is a phone, which Node.js 20 cannot tell.
  /** @type {any} */ (globalThis).navigator ??= { userAgent: "" };
  const jx = await import("@jax-js/jax");
  await withoutWorker(() => jx.init("wasm"));
  jx.defaultDevice("wasm");
  return jx;
}

/**
 * jax-js takes one thread where there is no `Worker`, as in Node.js; but ONNX Runtime Web brings one, and then kernels
 * and memory of jax-js do not fit together.
 * @param {() => unknown} body
 */
async function withoutWorker(body) {
  const worker = Object.getOwnPropertyDescriptor(globalThis, "Worker");
  Reflect.deleteProperty(globalThis, "Worker");
  try {
    await body();
  } finally {
    if (worker) Object.defineProperty(globalThis, "Worker", worker);
  }
}

/** @param {any} jx @param {import("../works/index.mjs").Parameters} parameters */
export function tensorsOf(jx, parameters) {
  const entries = Object.entries(parameters).map(([name, { data, shape }]) => [
    name,
    jx.numpy.array(Float32Array.from(data), { shape: [...shape] }),
  ]);
  return Object.fromEntries(entries);
}
