// Counts the work of a bundle's families: how often each block of our code runs, which V8 counts for coverage and which
// is the same on every machine. A line of JSON for each family.
//
//     node --no-opt count.mjs bundle.mjs [everyday]
//
// The bundle is loaded after counting has begun. With `everyday`, families of the full table only are left out.
import { Session } from "node:inspector/promises";
import { pathToFileURL } from "node:url";

const [, , bundle, selection] = process.argv;
const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
const { families, done } = await import(pathToFileURL(bundle).href);

for (const { name, work, n, bound, large, text } of families) {
  if (selection === "everyday" && (large || bound)) continue;
  // The first run makes what is made once.
  if (!large) await counted(work, text(n));
  const rows = [];
  for (const size of [n, 2 * n, 4 * n]) rows.push({ n: size, ...(await counted(work, text(size))) });
  console.log(JSON.stringify({ name, work, bound, ...growthOf(rows), rows }));
}
session.disconnect();

async function counted(work, text) {
  await steps();
  const outcome = done(work, text);
  return { steps: await steps(), ...outcome };
}

/** Of all blocks since it was asked before. */
async function steps() {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  let sum = 0;
  for (const { url, functions } of result) {
    if (!url.endsWith(bundle)) continue;
    for (const { ranges } of functions) for (const { count } of ranges) sum += count;
  }
  return sum;
}

/**
 * The exponent of what is added from size to size, so that what each text costs at least does not hide the growth, and
 * the one that n log n has at these sizes.
 */
function growthOf([a, b, c]) {
  const exponent = (of) => Math.log2(Math.max(1, of(c) - of(b)) / Math.max(1, of(b) - of(a)));
  // Less than a step for each further character is noise of one that is constant.
  const isConstant = c.steps - b.steps < c.n - b.n;
  return {
    exponent: isConstant ? 0 : exponent((row) => row.steps),
    allowed: exponent(({ n }) => n * Math.log(n)),
  };
}
