// The same work by nnc and each peer, in one process, in turns.
import { compare } from "./data.mjs";
import { alternate } from "./measure.mjs";
import { reason } from "./peers/index.mjs";
import { prepare } from "./peers/nnc.mjs";
import { digits, table, time } from "./report.mjs";

/** @typedef {import("./works.mjs").Work} Work @typedef {import("./peers/index.mjs").Peer} Peer */

/** @param {readonly Work[]} works @param {readonly Peer[]} peers @param {import("./measure.mjs").Effort} effort */
export async function comparePeers(works, peers, effort) {
  for (const work of works) {
    console.log(`\n${work.name}`);
    const { job, nnc } = prepare(work);
    nnc.run();
    const want = nnc.output();
    /** @type {{ name: string, prepared: import("./peers/index.mjs").Prepared, enter?: Peer["enter"], note: string }[]} */
    const lanes = [{ name: "nnc", prepared: nnc, note: "" }];
    /** @type {string[]} */
    const failed = [];
    for (const { name, prepare: open, enter } of peers) {
      try {
        const prepared = await open(job);
        await enter?.();
        await prepared.run();
        const { difference, agrees } = compare(prepared.output(), want);
        const note = agrees ? difference.toExponential(1) : `${difference.toExponential(1)} DISAGREES`;
        lanes.push({ name, prepared, enter, note });
      } catch (cause) {
        failed.push(`${name} cannot do it: ${reason(cause)}`);
      }
    }
    const times = await alternate(
      lanes.map(({ name, prepared, enter }) => ({ name, run: prepared.run, enter })),
      effort,
    );
    table([
      ["", "median", "best", "nnc/peer", "max difference"],
      ...lanes.map(({ name, note }, index) => {
        const ratio = index === 0 ? "" : digits(times[0].median / times[index].median);
        return [name, time(times[index].median), time(times[index].best), ratio, note];
      }),
    ]);
    for (const line of failed) console.log(`  ${line}`);
    // The large works hold tens of megabytes in each peer.
    for (const { prepared } of lanes) await prepared.close?.();
  }
}
