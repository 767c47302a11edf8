// How many times as fast two threads are as one, on works whose kernels take long enough to be shared.
import { alternate, ratio, summary } from "./measure.mjs";
import { prepare } from "./peers/nnc.mjs";
import { digits, timeWithNoise } from "./report.mjs";
import { works } from "./works/index.mjs";

const shared = ["residual block, 64 channels", "matrix product 512x512x512"];

/** Long enough for workers to start, which a run does not wait for. */
const START_MS = 500;

/** @param {import("./measure.mjs").Effort} effort @param {import("./report.mjs").Report} report */
export async function threadTimes(effort, report) {
  const results = [];
  for (const work of works.filter(({ name }) => shared.some((beginning) => name.startsWith(beginning)))) {
    const [one, two] = [1, 2].map((threads) => prepare(work, "wasm", threads).nnc);
    two.run();
    await new Promise((started) => setTimeout(started, START_MS));
    const [alone, together] = await alternate([one, two], effort);
    results.push({ work: work.name, one: summary(alone), two: summary(together), faster: ratio(together, alone) }); // prettier-ignore
  }
  report.table([
    ["work", "one thread", "two threads", "times as fast"],
    ...results.map(({ work, one, two, faster }) => [work, timeWithNoise(one), timeWithNoise(two), `${digits(faster)}×`]), // prettier-ignore
  ]);
  return results;
}
