import { compile, version } from "../../../dist/compiler/index.js";
import { uniform } from "../data.mjs";
import { modeOf } from "../works/index.mjs";

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
 * @param {Work} work @param {Target} [target] @param {number} [threads]
 * @returns {{ job: Job, nnc: { run: () => void, output: () => Float32Array } }}
 */
export function prepare(work, target, threads) {
  const model = compile(work.source, {
    target,
    args: sizes(work),
    mode: modeOf(work),
    ...(threads && { threads }),
  });
  const random = uniform(1);
  const own = Object.entries(model.parameters).filter(([, { dtype }]) => dtype === "f32");
  // Fresh norms scale by one and shift by zero; a peer that forgot to do either would go unseen.
  for (const [, { shape, data }] of own)
    if (shape.length === 1)
      floats(data).forEach((value, index, all) => (all[index] = value + 0.4 * (random() - 0.5)));
  model.refresh();

  const outShape = work.outShape ?? work.shape;
  const shapes = Object.entries({ x: work.shape, ...work.others });
  const inputs = Object.fromEntries(shapes.map(([name, shape]) => [name, model.input(name, shape)]));
  const outputs = { y: model.output("y", outShape) };
  // In memory that has grown, arrays that were there before are empty: peers get copies of what there is now.
  const parameters = Object.fromEntries(
    own.map(([path, tensor]) => [path, { shape: tensor.shape, data: floats(tensor.data).slice() }]),
  );
  for (const { data } of Object.values(inputs)) {
    const values = floats(data);
    for (let index = 0; index < values.length; index++) values[index] = 6 * (random() - 0.5);
  }
  const { x, ...given } = Object.fromEntries(
    shapes.map(([name, shape]) => [name, { shape, data: floats(inputs[name].data).slice() }]),
  );
  return {
    job: { ...work, outShape, x: x.data, given, parameters },
    nnc: { run: () => model.run(inputs, outputs), output: () => floats(outputs.y.data).slice() },
  };
}

/**
 * The open sizes of the inputs, as numbers: the ONNX graph of a work has the shapes of its inputs, too.
 * @param {Work} work
 */
function sizes(work) {
  const inputs = /** @type {{ name: string, shape: readonly (string | number)[] }[]} */ (compile(work.source).inputs); // prettier-ignore
  return Object.fromEntries(
    inputs.flatMap(({ name, shape }) =>
      shape.flatMap((size, axis) =>
        /^\w+$/.test(String(size)) && typeof size === "string"
          ? [[size, (work.others?.[name] ?? work.shape)[axis]]]
          : [],
      ),
    ),
  );
}

/** @param {unknown} data */
function floats(data) {
  if (data instanceof Float32Array) return data;
  throw new TypeError("the works are of f32 alone");
}
