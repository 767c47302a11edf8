// The report: `node test/bench/main.mjs [--quick] [--only NAME]`, after a build. See README.md.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { comparePeers } from "./compare.mjs";
import { installPeers } from "./install.mjs";
import { quick, thorough } from "./measure.mjs";
import { openPeers } from "./peers/index.mjs";
import { version } from "./peers/nnc.mjs";
import { heading } from "./report.mjs";
import { compileTimes, runTimes } from "./scaling.mjs";
import { startTimes } from "./start.mjs";
import { works } from "./works.mjs";

const { only, isQuick } = readArguments();
const effort = isQuick ? quick : thorough;
const chosen = works.filter(({ name }) => wanted("peers") || named(name));
const needsPeers = chosen.length > 0 || wanted("start");

if (needsPeers) installPeers();
const { peers, missing } = needsPeers ? await openPeers() : { peers: [], missing: [] };

const names = [`nnc ${version}`, ...peers.map((peer) => `${peer.name} ${peer.version}`)];
console.log(`${names.join(", ")}; one thread each`);
console.log(
  `Node.js ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model}`,
);
for (const line of missing) console.log(`not measured: ${line}`);
if (loadavg()[0] > 0.5) {
  const load = loadavg()[0].toFixed(1);
  console.log(`The machine is busy (load ${load}): ratios still say something, times less.`);
}
if (isQuick) console.log("--quick: too few repetitions to quote.");

if (wanted("compile")) {
  heading("compile: time to a callable model, warm");
  compileTimes(effort);
}
if (wanted("run")) {
  heading("run: time a layer of a short and a long net");
  await runTimes(effort);
}
if (chosen.length > 0) {
  heading("peers: the same work in turns; nnc/peer below 1 means that nnc is faster");
  await comparePeers(chosen, peers, effort);
}
if (wanted("start")) {
  heading("start: from the start of a process to its first result");
  startTimes(peers, isQuick ? 3 : 15);
}
// Peers keep threads, which would keep this process.
process.exit();

/** @param {string} section */
function wanted(section) {
  return only === undefined || only === section;
}

/** @param {string} work */
function named(work) {
  return only !== undefined && work.toLowerCase().includes(only);
}

function readArguments() {
  const sections = ["compile", "run", "peers", "start"];
  try {
    const { values } = parseArgs({ options: { quick: { type: "boolean" }, only: { type: "string" } } });
    const only = values.only?.toLowerCase();
    if (only && !sections.includes(only) && !works.some(({ name }) => name.toLowerCase().includes(only)))
      throw new Error(`nothing is called ${values.only}`);
    return { only, isQuick: values.quick === true };
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause);
    console.error("usage: npm run bench -- [--quick] [--only NAME]");
    console.error(`NAME is a section (${sections.join(", ")}) or part of a work's name:`);
    for (const { name } of works) console.error(`  ${name}`);
    process.exit(2);
  }
}
