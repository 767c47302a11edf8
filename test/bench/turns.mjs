// The process of a room: nnc and the peers of one package, in turns.
import { compare, compareDropped } from "./data.mjs";
import { alternate, ratio, summary } from "./measure.mjs";
import { openPeers, packages, reason } from "./peers/index.mjs";
import { ownLanes, prepare } from "./peers/nnc.mjs";
import { workOf } from "./works/index.mjs";

/**
 * @typedef {import("./compare.mjs").Outcome} Outcome @typedef {import("./peers/index.mjs").Peer} Peer
 * @typedef {{ work: string, target: import("./peers/nnc.mjs").Target | "both", effort: import("./measure.mjs").Effort }} Question
 */

const package_ = process.argv[2];
const { peers, missing } = await openPeers(package_);
process.on("message", (/** @type {Question} */ { work, target, effort }) => {
  compareWork(work, target, effort).then(
    (outcome) => process.send?.({ outcome }),
    (cause) => process.send?.({ failure: cause instanceof Error ? cause.message : String(cause) }),
  );
});
process.send?.({ peers: peers.map(({ name, version }) => ({ name, version })), missing });

/** @param {string} name @param {Question["target"]} target @param {import("./measure.mjs").Effort} effort @returns {Promise<Outcome>} */
async function compareWork(name, target, effort) {
  const work = workOf(name);
  const own = ownLanes(target);
  const models = own.map((lane) => prepare(work, lane.target));
  const [{ job }] = models;
  /** @type {{ name: string, prepared: import("./peers/index.mjs").Prepared, enter?: Peer["enter"], difference: number }[]} */
  const lanes = [];
  const without = [];
  /** @type {Float32Array | undefined} */
  let want;
  const judged = (/** @type {Float32Array} */ output) =>
    work.dropped === undefined
      ? compare(output, want ?? new Float32Array())
      : compareDropped(output, job.x, work.dropped);
  for (const [at, { nnc }] of models.entries()) {
    nnc.run();
    const output = nnc.output();
    want ??= output;
    const { difference, agrees } = judged(output);
    if (!agrees)
      throw new Error(`${name}: nnc differs on its targets by up to ${difference.toExponential(1)}`);
    lanes.push({ name: own[at].name, prepared: nnc, difference });
  }
  if (work.memcpy && package_ === packages[0]) lanes.push(copying(job));
  for (const { name: peer, prepare: open, enter } of peers) {
    let prepared;
    try {
      prepared = await open(job);
      await enter?.();
      await prepared.run();
    } catch (cause) {
      without.push({ name: peer, reason: reason(cause) });
      continue;
    }
    const { difference, agrees } = judged(prepared.output());
    if (!agrees) throw new Error(`${name}: ${peer} and nnc differ by up to ${difference.toExponential(1)}`);
    lanes.push({ name: peer, prepared, enter, difference });
  }
  const times = await alternate(
    lanes.map(({ prepared, enter }) => ({ run: prepared.run, enter })),
    effort,
  );
  // The large works hold tens of megabytes in each peer.
  for (const { prepared } of lanes) await prepared.close?.();
  return {
    name,
    own: own.map((lane) => lane.name),
    lanes: lanes.map(({ name: lane, difference }, index) => ({
      name: lane,
      times: summary(times[index]),
      faster: Object.fromEntries(own.map((lane, at) => [lane.name, ratio(times[at], times[index])])),
      difference,
    })),
    without,
  };
}

/** What moving the values takes, were nothing computed. @param {import("./peers/index.mjs").Job} job */
function copying({ x }) {
  const from = x.slice();
  const to = new Float32Array(from.length);
  return { name: "memcpy", prepared: { run: () => to.set(from), output: () => to }, difference: 0 };
}
