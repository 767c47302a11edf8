// Tries the functions that `expand-maps` writes out with every float32, and writes `test/ULP.md`: `node scripts/ulp.mjs`.
// `--stride N` tries one number of N; other arguments name the functions that are tried. Of pairs, each number is one x, with one
// y for it. The exit code is 1 where an error exceeds its limit. It runs the sources, as they are.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { buildSync } from "esbuild";
import { format, resolveConfig } from "prettier";

const root = fileURLToPath(new URL("..", import.meta.url));
const path = join(root, "test", "ULP.md");

const { values, positionals } = parseArgs({
  options: { stride: { type: "string", default: "1" } },
  allowPositionals: true,
});
const stride = Number(values.stride);
const { compiled, errorOf, expanded, functions, powerOf, randomOf } = await sources();
if (!(Number.isSafeInteger(stride) && stride >= 1) || positionals.some((name) => !functions.has(name))) {
  console.error(`usage: node scripts/ulp.mjs [--stride N] [${[...functions.keys()].join("|")} …]`);
  process.exit(2);
}

const rows = readRows();
let beyond = 0;
for (const [name, row] of functions) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const { error, at, count } = largest(row);
  console.log(`${name}: ${error.toFixed(3)} at ${at}, ${count} tried`);
  rows.set(name, [name, row.limit, error.toFixed(3), at, count.toLocaleString("en"), stride].map(String));
  if (!(error <= row.limit)) beyond++;
}
writeFileSync(path, await format(page(), { ...(await resolveConfig(path)), parser: "markdown" }));
console.log(`${beyond} beyond their limit`);
process.exitCode = beyond === 0 ? 0 : 1;

async function sources() {
  const folder = mkdtempSync(join(tmpdir(), "nnc-ulp-"));
  try {
    const outfile = join(folder, "functions.mjs");
    const entryPoints = [join(root, "test", "passes", "functions.ts")];
    buildSync({ entryPoints, outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The largest error of a function, where it is, and how many numbers were tried. */
function largest({ text, right, arity }) {
  const f = compiled(expanded(text));
  const random = randomOf(1);
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  let [error, at, count] = [-1, "", 0];
  for (let next = 0; next < 2 ** 32; next += stride) {
    bits[0] = next;
    const x = float[0];
    const y = arity === 1 ? x : Math.fround(powerOf(x, count, random));
    const own = errorOf(f(x, y), right(x, y));
    if (own > error) [error, at] = [own, arity === 1 ? String(x) : `${x}, ${y}`];
    count++;
  }
  return { error, at, count };
}

/** The rows of the page as it is, by the name of the function. */
function readRows() {
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, "utf8").split("\n");
  const cells = lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").slice(1, -1));
  return new Map(cells.slice(2).map((row) => [row[0].trim(), row.map((cell) => cell.trim())]));
}

function page() {
  const table = [...functions.keys()].flatMap((name) => (rows.has(name) ? [rows.get(name)] : []));
  return `# Errors of functions

A target without a library of functions gets them written out by \`compiler/passes/expand-maps.ts\`. This is the largest error that
\`node scripts/ulp.mjs\` found of each, in units in the last place of the float32 that is right. Subnormals, infinities, NaN and
zeros of both signs are among the numbers. With stride 1 all 2^32 of them are tried, with stride n one of n; of \`pow\` each
number is an x, with one y for it. \`test/passes/functions.test.ts\` tries fewer, with the interpreter.

| function | limit | largest | at | numbers | stride |
| :-- | --: | --: | :-- | --: | --: |
${table.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
}
