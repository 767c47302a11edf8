import { compile, version } from "../../../dist/compiler/index.js";
import { uniform } from "../data.mjs";

/** @typedef {import("../works/index.mjs").Work} Work @typedef {import("./index.mjs").Job} Job */
/** @typedef {"auto" | "js" | "wasm"} Target @typedef {{ name: string, target: Target }} Own */

/** nnc as it is measured: on one target, or on both in turns. @param {Target | "both"} target @returns {Own[]} */
export function ownLanes(target) {
  if (target !== "both") return [{ name: "nnc", target }];
  return [
    { name: "nnc on wasm", target: "wasm" },
    { name: "nnc on js", target: "js" },
  ];
}

export { version };

/**
 * nnc's model of a work, and the work with data for the peers. Input and output are the model's own memory, made once.
 * @param {Work} work @param {Target} [target]
 * @returns {{ job: Job, nnc: { run: () => void, output: () => Float32Array } }}
 */
export function prepare(work, target) {
  const model = compile(work.source, { target, args: sizes(work) });
  const random = uniform(1);
  const own = Object.entries(model.parameters).filter(([, { dtype }]) => dtype === "f32");
  // Fresh norms scale by one and shift by zero; a peer that forgot to do either would go unseen.
  for (const [, { shape, data }] of own)
    if (shape.length === 1)
      floats(data).forEach((value, index, all) => (all[index] = value + 0.4 * (random() - 0.5)));
  model.refresh();

  const outShape = work.outShape ?? work.shape;
  const inputs = { x: model.input("x", work.shape) };
  const outputs = { y: model.output("y", outShape) };
  // In memory that has grown, arrays that were there before are empty: peers get copies of what there is now.
  const parameters = Object.fromEntries(
    own.map(([path, tensor]) => [path, { shape: tensor.shape, data: floats(tensor.data).slice() }]),
  );
  const x = floats(inputs.x.data);
  for (let index = 0; index < x.length; index++) x[index] = 6 * (random() - 0.5);
  return {
    job: { ...work, outShape, x: x.slice(), parameters },
    nnc: { run: () => model.run(inputs, outputs), output: () => floats(outputs.y.data).slice() },
  };
}

/**
 * The open sizes of the input, as numbers: the ONNX graph of a work has the shape of its input, too.
 * @param {Work} work
 */
function sizes(work) {
  const [{ shape }] = /** @type {[{ shape: readonly (string | number)[] }]} */ (compile(work.source).inputs);
  return Object.fromEntries(
    shape.flatMap((size, axis) =>
      /^\w+$/.test(String(size)) && typeof size === "string" ? [[size, work.shape[axis]]] : [],
    ),
  );
}

/** @param {unknown} data */
function floats(data) {
  if (data instanceof Float32Array) return data;
  throw new TypeError("the works are of f32 alone");
}
