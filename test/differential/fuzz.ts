/**
 * Random nets without end in sight: `npm run fuzz`. `NETS` is how many, 100,000 by default, and `SEED` where to
 * look, and `TARGET` what they are compiled for. `UPDATE_CONFORMANCE=1` writes what was found into CONFORMANCE.md.
 */
import { expect, test } from "vitest";
import { allRecords } from "../../compiler/layers/index.ts";
import { count, updateSection } from "../conformance.ts";
import { recipes } from "./nets.ts";
import { noFindings, search } from "./search.ts";

const NETS = Number(process.env["NETS"] ?? 100_000);
const SEED = Number(process.env["SEED"] ?? 1);
const TARGET = process.env["TARGET"] === "wasm" ? "wasm" : "js";
/** So few that none is cut short by the time that `search` gives to one call. */
const CHUNK = 200;
/** So many failures are enough to look at. */
const ENOUGH = 10;

/** Initial values of parameters stand in no net. */
const NAMES = allRecords
  .filter(({ samples, hidden }) => samples.length > 0 || hidden)
  .map(({ name }) => name);

test("random nets", { timeout: 0 }, async () => {
  const findings = noFindings();
  const start = performance.now();
  for (let first = 0; first < NETS && findings.failures.length < ENOUGH; first += CHUNK) {
    const runs = Math.min(CHUNK, NETS - first);
    const seed = SEED * 1_000_000 + first / CHUNK;
    const known = findings.failures.length;
    search(recipes, { seed, runs, name: `${seed}`, target: TARGET }, findings);
    for (const failure of findings.failures.slice(known)) console.log(failure);
    const pace = findings.nets / ((performance.now() - start) / 1000);
    console.log(
      `${count(findings.nets)} nets, ${findings.failures.length} failures, ${pace.toFixed(0)} nets a second`,
    );
  }
  const occurrences = NAMES.map((name) => [name, findings.layers.get(name) ?? 0] as const).sort(([, a], [, b]) => a - b); // prettier-ignore
  console.log(occurrences.map(([name, times]) => `${String(times).padStart(7)} ${name}`).join("\n"));
  expect(findings.failures).toEqual([]);
  const [rarest, least] = occurrences[0]!;
  expect(least, `nets with ${rarest}`).toBeGreaterThan(0);
  const [close, off] = [findings.values - findings.explained, findings.explained].map(count);
  const within = { js: "the rounding of float64 to float32", wasm: "8 ULP" }[TARGET];
  const others = { js: "when sums are made in another order", wasm: "when each step is rounded to float32 up or down at random" }[TARGET]; // prettier-ignore
  const report = [
    `${count(findings.nets)} nets (seed ${SEED}) with ${count(findings.values)} values: no failure.`,
    `${close} values were within ${within} of float64. The other ${off} were no further off than ${others}.`,
    `Each of the ${occurrences.length} layers and operators stood in at least ${count(least)} places (${rarest}).`,
  ];
  console.log(report.join("\n"));
  await updateSection(TARGET === "js" ? "random nets" : "random nets on WebAssembly", report.join(" "));
});
