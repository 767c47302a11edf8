// Counts what the compiler does with texts that grow, and writes `test/GROWTH.md`: `node scripts/growth.mjs`.
// The exit code is 1 where something grows faster than n log n. It runs the sources, as they are.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { format, resolveConfig } from "prettier";

const root = fileURLToPath(new URL("..", import.meta.url));
/**
 * How much a measured exponent may exceed that of n log n: costs grow in steps, for example by kernels of 64
 * nodes.
 */
const TOLERANCE = 0.1;

const families = counted();
const tooFast = families.filter(({ bound, exponent, allowed }) => !bound && exponent > allowed + TOLERANCE);
const path = join(root, "test", "GROWTH.md");
writeFileSync(path, await format(page(), { ...(await resolveConfig(path)), parser: "markdown" }));
for (const { work, name, exponent } of tooFast) console.error(`${work}: ${name}: n ^ ${exponent.toFixed(2)}`);
console.log(`${families.length} families, ${tooFast.length} faster than n log n`);
process.exitCode = tooFast.length === 0 ? 0 : 1;

function counted() {
  const folder = mkdtempSync(join(tmpdir(), "nnc-growth-"));
  try {
    const outfile = join(folder, "counted.mjs");
    const entryPoints = [join(root, "test", "growth", "counted.ts")];
    buildSync({ entryPoints, outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" });
    const count = join(root, "test", "growth", "count.mjs");
    const stdio = ["ignore", "pipe", "inherit"];
    const lines = execFileSync(process.execPath, ["--no-opt", count, outfile], { encoding: "utf8", stdio });
    return lines.trim().split("\n").map(JSON.parse);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function page() {
  const row = ({ work, name, bound, exponent, rows }) => {
    const sizes = rows.map(({ n }) => n).join(", ");
    const steps = rows.map(({ steps }) => steps.toLocaleString("en-US")).join(", ");
    const [{ code = "" }] = rows.slice(-1);
    const shown = `${exponent.toFixed(2)}${bound ? `, n is at most ${bound}` : ""}`;
    return `| ${work} | ${name} | ${sizes} | ${steps} | ${shown} | ${code} |\n`;
  };
  return `# Growth

What texts of many kinds cost as they grow. \`node scripts/growth.mjs\` writes this page, and \`test/growth/growth.test.ts\`
counts most of it anew with every run of the tests.

Work is counted, not timed: V8 counts how often each block of the compiler's code runs, which is the same on every
machine. What V8 does inside one call of its own, such as copying a list, counts as one step. Each family is a text with a
number n, counted at three sizes, each twice the one before. The exponent is that of the work which is added from size to
size, so that what any text costs does not hide it: 1 is linear, n log n has 1.14 to 1.26 at these sizes, 2 is quadratic.
Nothing has more than ${TOLERANCE} above that of n log n, but for families whose n has a bound that every text keeps: a tensor has
at most 64 axes. An exponent of 0 stands for work that does not grow, and below 0 for texts that meet a limit.

The last column is the code of the diagnostic that the text comes to, if it comes to one.

| what is done | family | n | steps | exponent | |
| --- | --- | --- | --- | --- | --- |
${families.map(row).join("")}`;
}
