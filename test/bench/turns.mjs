// The process of a room: nnc and the peers of one package, in turns.
import { compare } from "./data.mjs";
import { alternate, ratio, summary } from "./measure.mjs";
import { openPeers, reason } from "./peers/index.mjs";
import { prepare } from "./peers/nnc.mjs";
import { workOf } from "./works/index.mjs";

/**
 * @typedef {import("./compare.mjs").Outcome} Outcome @typedef {import("./peers/index.mjs").Peer} Peer
 * @typedef {{ work: string, target: import("./peers/nnc.mjs").Target, effort: import("./measure.mjs").Effort }} Question
 */

const { peers, missing } = await openPeers(process.argv[2]);
process.on("message", (/** @type {Question} */ { work, target, effort }) => {
  compareWork(work, target, effort).then(
    (outcome) => process.send?.({ outcome }),
    (cause) => process.send?.({ failure: cause instanceof Error ? cause.message : String(cause) }),
  );
});
process.send?.({ peers: peers.map(({ name, version }) => ({ name, version })), missing });

/** @param {string} name @param {Question["target"]} target @param {import("./measure.mjs").Effort} effort @returns {Promise<Outcome>} */
async function compareWork(name, target, effort) {
  const { job, nnc } = prepare(workOf(name), target);
  nnc.run();
  const want = nnc.output();
  /** @type {{ name: string, prepared: import("./peers/index.mjs").Prepared, enter?: Peer["enter"], difference: number }[]} */
  const lanes = [{ name: "nnc", prepared: nnc, difference: 0 }];
  const without = [];
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
    const { difference, agrees } = compare(prepared.output(), want);
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
    lanes: lanes.map(({ name: lane, difference }, index) => ({
      name: lane,
      times: summary(times[index]),
      faster: ratio(times[0], times[index]),
      difference,
    })),
    without,
  };
}
