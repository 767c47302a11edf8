import { compile, version } from "../../../dist/compiler/index.js";
import { uniform } from "../data.mjs";

/** @typedef {import("../works.mjs").Work} Work @typedef {import("./index.mjs").Job} Job */

export { version };

/**
 * nnc's model of a work, and the work with data for the peers. Input and output are the model's own memory, made once.
 * @param {Work} work
 * @returns {{ job: Job, nnc: import("./index.mjs").Prepared }}
 */
export function prepare(work) {
  const model = compile(work.source);
  const random = uniform(1);
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).filter(([, { dtype }]) => dtype === "f32"),
  );
  // Fresh norms scale by one and shift by zero; a peer that forgot to do either would go unseen.
  for (const { shape, data } of Object.values(parameters))
    if (shape.length === 1) data.forEach((value, index) => (data[index] = value + 0.4 * (random() - 0.5)));
  model.refresh();

  const outShape = work.outShape ?? work.shape;
  const x = model.input("x", work.shape);
  const y = model.output("y", outShape);
  for (let index = 0; index < x.data.length; index++) x.data[index] = 6 * (random() - 0.5);
  const inputs = { x };
  const outputs = { y };
  return {
    job: { ...work, outShape, x: Float32Array.from(x.data), parameters },
    nnc: { run: () => model.run(inputs, outputs), output: () => Float32Array.from(y.data) },
  };
}
