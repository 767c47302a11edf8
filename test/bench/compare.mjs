// The same work by nnc and each peer, in one process, in turns.
import { compare } from "./data.mjs";
import { alternate, ratio, summary } from "./measure.mjs";
import { reason } from "./peers/index.mjs";
import { prepare } from "./peers/nnc.mjs";
import { digits, printTable, time, timeWithNoise } from "./report.mjs";

/**
 * What a work took. `faster`: how many times as fast as the peer nnc is; `difference`: the largest, from nnc's output.
 * @typedef {{ name: string, times: import("./measure.mjs").Times, faster: number, difference: number }} Lane
 * @typedef {{ name: string, lanes: Lane[], without: { name: string, reason: string }[] }} Outcome
 * @typedef {import("./works/index.mjs").Work} Work @typedef {import("./peers/index.mjs").Peer} Peer
 */

/** A peer computes something else than nnc: there is nothing to compare then. */
export class Disagreement extends Error {}

/**
 * @param {readonly Work[]} works @param {readonly Peer[]} peers
 * @param {import("./measure.mjs").Effort} effort @param {import("./report.mjs").Report} report
 * @returns {Promise<Outcome[]>}
 */
export async function comparePeers(works, peers, effort, report) {
  const outcomes = [];
  for (const work of works) {
    console.log(`\n${work.name}`);
    const outcome = await compareWork(work, peers, effort);
    printTable([
      ["", "median", "best", "speed of nnc", "largest difference"],
      ...outcome.lanes.map(({ name, times, faster, difference }, index) => [
        name,
        timeWithNoise(times),
        time(times.best),
        index === 0 ? "" : `${digits(faster)}×`,
        index === 0 ? "" : difference.toExponential(1),
      ]),
    ]);
    outcomes.push(outcome);
  }
  const names = ["nnc", ...peers.map(({ name }) => name)];
  report.text("Time a call: the median, and half the distance between the quartiles.");
  report.table(matrix(outcomes, names, ({ times }) => timeWithNoise(times)));
  report.text("The speed of nnc in multiples of the peer's: below 1 the peer is faster.");
  report.table(matrix(outcomes, names.slice(1), ({ faster }) => `${digits(faster)}×`));
  report.list(reasons(outcomes));
  return outcomes;
}

/** @param {Work} work @param {readonly Peer[]} peers @param {import("./measure.mjs").Effort} effort @returns {Promise<Outcome>} */
async function compareWork(work, peers, effort) {
  const { job, nnc } = prepare(work);
  nnc.run();
  const want = nnc.output();
  /** @type {{ name: string, prepared: import("./peers/index.mjs").Prepared, enter?: Peer["enter"], difference: number }[]} */
  const lanes = [{ name: "nnc", prepared: nnc, difference: 0 }];
  const without = [];
  for (const { name, prepare: open, enter } of peers) {
    let prepared;
    try {
      prepared = await open(job);
      await enter?.();
      await prepared.run();
    } catch (cause) {
      without.push({ name, reason: reason(cause) });
      continue;
    }
    const { difference, agrees } = compare(prepared.output(), want);
    if (!agrees)
      throw new Disagreement(`${work.name}: ${name} and nnc differ by up to ${difference.toExponential(1)}`);
    lanes.push({ name, prepared, enter, difference });
  }
  const times = await alternate(
    lanes.map(({ prepared, enter }) => ({ run: prepared.run, enter })),
    effort,
  );
  // The large works hold tens of megabytes in each peer.
  for (const { prepared } of lanes) await prepared.close?.();
  return {
    name: work.name,
    lanes: lanes.map(({ name, difference }, index) => ({
      name,
      times: summary(times[index]),
      faster: ratio(times[0], times[index]),
      difference,
    })),
    without,
  };
}

/** A row for each work, a column for each name. @param {readonly Outcome[]} outcomes @param {readonly string[]} names @param {(lane: Lane) => string} cell */
function matrix(outcomes, names, cell) {
  return [
    ["", ...names],
    ...outcomes.map(({ name, lanes }) => [
      name,
      ...names.map((column) => {
        const lane = lanes.find((each) => each.name === column);
        return lane ? cell(lane) : "";
      }),
    ]),
  ];
}

/** Each reason once, with the works that it holds for. @param {readonly Outcome[]} outcomes */
function reasons(outcomes) {
  /** @type {Map<string, string[]>} */
  const works = new Map();
  for (const { name: work, without } of outcomes)
    for (const { name, reason } of without) {
      const line = `${name}: ${reason}`;
      works.set(line, [...(works.get(line) ?? []), work]);
    }
  return [...works].map(([line, names]) => `left out of ${names.length > 3 ? `${names.length} works` : names.join("; ")}: ${line}`); // prettier-ignore
}
