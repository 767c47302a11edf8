// What each pass is worth: the time of each work without it, by the time with it.
import { compile, emit } from "../../dist/compiler/index.js";
import { optionalPasses } from "../../dist/compiler/pipeline/optional-passes.js";
import { alternate, ratio } from "./measure.mjs";
import { digits } from "./report.mjs";
import { modeOf, works } from "./works/index.mjs";

/** @typedef {import("./measure.mjs").Effort} Effort @typedef {import("./report.mjs").Report} Report */

/** @param {Effort} effort @param {Report} report */
export async function passWorth(effort, report) {
  const results = [];
  // Each pass shows what it is worth in works of few layers.
  for (const work of works.filter(({ isNet }) => !isNet)) {
    const mode = modeOf(work);
    const { code } = emit(work.source, { mode });
    const changed = optionalPasses.filter(
      (pass) => emit(work.source, { without: [pass], mode }).code !== code,
    );
    const runners = [runner(work, []), ...changed.map((pass) => runner(work, [pass]))];
    const [own, ...others] = await alternate(runners, effort);
    const worth = Object.fromEntries(changed.map((pass, i) => [pass, ratio(own, others[i])]));
    results.push({ name: work.name, worth });
  }
  const told = optionalPasses.filter((pass) => results.some(({ worth }) => pass in worth));
  report.table([
    ["work", ...told],
    ...results.map(({ name, worth }) => [
      name,
      ...told.map((pass) => (pass in worth ? digits(worth[pass]) : "")),
    ]),
  ]);
  return results;
}

/** @param {import("./works/index.mjs").Work} work @param {readonly string[]} without */
function runner(work, without) {
  const { source, shape, others, outShape = shape } = work;
  const model = compile(source, { without, mode: modeOf(work) });
  const shapes = Object.entries({ x: shape, ...others });
  const inputs = Object.fromEntries(shapes.map(([name, each]) => [name, model.input(name, each)]));
  const outputs = { y: model.output("y", outShape) };
  for (const { data } of Object.values(inputs)) data.forEach((_, index) => (data[index] = Math.sin(index)));
  return { run: () => model.run(inputs, outputs) };
}
