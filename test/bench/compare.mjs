// The same works by nnc and its peers, as tables.
import { ownLanes } from "./peers/nnc.mjs";
import { digits, printTable, time, timeWithNoise } from "./report.mjs";

/**
 * What a work took. `own`: the names of nnc's lanes; `faster`: how many times as fast as a lane each of these is; `difference`: the
 * largest, from the output of the first.
 * @typedef {{ name: string, times: import("./measure.mjs").Times, faster: Record<string, number>, difference: number }} Lane
 * @typedef {{ name: string, own: string[], lanes: Lane[], without: { name: string, reason: string }[] }} Outcome
 * @typedef {import("./works/index.mjs").Work} Work
 */

/**
 * @param {readonly Work[]} works @param {readonly import("./rooms.mjs").Room[]} rooms
 * @param {import("./peers/nnc.mjs").Target | "both"} target
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
      ["", "median", "best", ...outcome.own.map((name) => `speed of ${name}`), "largest difference"],
      ...outcome.lanes.map(({ name, times, faster, difference }, index) => [
        name,
        timeWithNoise(times),
        time(times.best),
        ...outcome.own.map((own) => (own === name ? "" : `${digits(faster[own])}×`)),
        index === 0 ? "" : difference.toExponential(1),
      ]),
    ]);
    outcomes.push(outcome);
  }
  const own = ownLanes(target).map(({ name }) => name);
  const others = rooms.flatMap(({ peers }) => peers.map(({ name }) => name));
  const copies = outcomes.some(({ lanes }) => lanes.some(({ name }) => name === "memcpy")) ? ["memcpy"] : [];
  report.text("Time a call: the median, and half the distance between the quartiles.");
  report.table(matrix(outcomes, [...own, ...others, ...copies], ({ times }) => timeWithNoise(times)));
  for (const name of own) {
    report.text(`The speed of ${name} in multiples of the peer's: below 1 the peer is faster.`);
    const columns = [...own.filter((each) => each !== name), ...others, ...copies];
    report.table(matrix(outcomes, columns, ({ faster }) => `${digits(faster[name])}×`));
  }
  report.list(reasons(outcomes));
  return outcomes;
}

/** What was measured in each room, side by side: nnc's own times are those of the first. @param {readonly Outcome[]} parts @returns {Outcome} */
function joined(parts) {
  return {
    name: parts[0].name,
    own: parts[0].own,
    lanes: parts.flatMap(({ own, lanes }, index) => (index === 0 ? lanes : lanes.slice(own.length))),
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
