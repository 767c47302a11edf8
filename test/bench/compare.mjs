// The same works by nnc and its peers, as tables.
import { digits, printTable, time, timeWithNoise } from "./report.mjs";

/**
 * What a work took. `faster`: how many times as fast as the peer nnc is; `difference`: the largest, from nnc's output.
 * @typedef {{ name: string, times: import("./measure.mjs").Times, faster: number, difference: number }} Lane
 * @typedef {{ name: string, lanes: Lane[], without: { name: string, reason: string }[] }} Outcome
 * @typedef {import("./works/index.mjs").Work} Work
 */

/**
 * @param {readonly Work[]} works @param {readonly import("./rooms.mjs").Room[]} rooms
 * @param {import("./peers/nnc.mjs").Target} target
 * @param {import("./measure.mjs").Effort} effort @param {import("./report.mjs").Report} report
 * @returns {Promise<Outcome[]>}
 */
export async function comparePeers(works, rooms, target, effort, report) {
  const outcomes = [];
  for (const work of works) {
    console.log(`\n${work.name}`);
    const parts = [];
    for (const room of rooms) parts.push(await room.compare(work.name, target, effort));
    const outcome = joined(parts);
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
  const names = ["nnc", ...rooms.flatMap(({ peers }) => peers.map(({ name }) => name))];
  report.text("Time a call: the median, and half the distance between the quartiles.");
  report.table(matrix(outcomes, names, ({ times }) => timeWithNoise(times)));
  report.text("The speed of nnc in multiples of the peer's: below 1 the peer is faster.");
  report.table(matrix(outcomes, names.slice(1), ({ faster }) => `${digits(faster)}×`));
  report.list(reasons(outcomes));
  return outcomes;
}

/** What was measured in each room, side by side: nnc's own time is that of the first. @param {readonly Outcome[]} parts @returns {Outcome} */
function joined(parts) {
  return {
    name: parts[0].name,
    lanes: parts.flatMap(({ lanes }, index) => (index === 0 ? lanes : lanes.slice(1))),
    without: parts.flatMap(({ without }) => without),
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
