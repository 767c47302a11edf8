// `npm run bench`: see README.md, or --help.
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { comparePeers } from "./compare.mjs";
import { gpt2 } from "./gpt2.mjs";
import { installPeers } from "./install.mjs";
import { machine } from "./machine.mjs";
import { mapTimes } from "./maps.mjs";
import { quick, thorough } from "./measure.mjs";
import { readArguments } from "./options.mjs";
import { passWorth } from "./passes.mjs";
import { Report } from "./report.mjs";
import { Disagreement, openRooms } from "./rooms.mjs";
import { compileTimes, runTimes } from "./scaling.mjs";
import { fileSizes } from "./sizes.mjs";
import { startTimes } from "./start.mjs";
import { threadTimes } from "./threads.mjs";
import { verdicts } from "./wanted.mjs";

const { sections, works, target, isQuick, date, page, json } = readArguments();
const effort = isQuick ? quick : thorough;
const needsPeers = works.length > 0 || sections.has("start") || sections.has("size");

if (needsPeers) installPeers();
const rooms = needsPeers ? await openRooms() : [];
const peers = rooms.flatMap((room) => room.peers);
const report = new Report();

report.title("Results");
const about = machine(peers, date);
report.list([
  ...about.lines,
  ...rooms.flatMap(({ missing }) => missing.map(({ name, reason }) => `${name} is not measured: ${reason}`)),
  ...(target === "both" ? [] : [`nnc's kernels run on ${target}`]),
  ...(isQuick ? ["--quick: too few repetitions to quote"] : []),
  ...(loadavg()[0] > 0.5
    ? [`the machine was busy (load ${loadavg()[0].toFixed(1)}): ratios still say something, times less`]
    : []),
]);

/** @type {import("./wanted.mjs").Results & Record<string, unknown>} */
const results = {};
try {
  if (sections.has("compile")) {
    report.heading("Compile time");
    report.text("From the text of a chain of layers to a callable model, in a warm process.");
    results.compile = compileTimes(effort, report);
  }
  if (sections.has("run")) {
    report.heading("Short and long nets");
    report.text("A run on one row: time a layer.");
    results.run = await runTimes(effort, report);
  }
  if (works.length > 0) {
    report.heading("Peers");
    results.peers = await comparePeers(works, rooms, target, effort, report);
  }
  if (sections.has("start")) {
    report.heading("Start");
    results.start = startTimes(peers, isQuick ? 3 : 21, report);
  }
  if (sections.has("size")) {
    report.heading("Size");
    report.text("What must be loaded, without weights and nets of the peers; gzip by file.");
    results.size = fileSizes(report);
  }
  if (sections.has("threads")) {
    report.heading("Threads");
    report.text("nnc on wasm with two threads, by the time with one, in turns in one process.");
    results.threads = await threadTimes(effort, report);
  }
  if (sections.has("gpt2")) {
    report.heading("GPT-2");
    results.gpt2 = gpt2(isQuick ? 1 : 5, report);
  }
  if (sections.has("passes")) {
    report.heading("Passes");
    report.text("The time of a run without a pass, by the time with all: above 1 the pass pays.");
    results.passes = await passWorth(effort, report);
  }
  if (sections.has("maps")) {
    report.heading("Maps");
    report.text("What each map costs, and what the record of the target says that it does.");
    results.maps = await mapTimes(effort, report);
  }
} catch (cause) {
  if (!(cause instanceof Disagreement)) throw cause;
  console.error(`\nstopped: ${cause.message}`);
  process.exit(1);
} finally {
  for (const room of rooms) room.close();
}

const wanted = verdicts(results);
if (wanted.length > 0) {
  report.heading("Wanted and measured");
  report.table([
    ["wanted", "measured", ""],
    ...wanted.map(({ wanted, measured, holds }) => [wanted, measured, holds ? "holds" : "FAILS"]),
  ]);
}
if (json !== undefined)
  writeFileSync(json, `${JSON.stringify({ ...about.facts, ...results, wanted }, undefined, 2)}\n`);
if (page !== undefined) writeFileSync(page, await report.page());
