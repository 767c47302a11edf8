// Tries the functions that `expand-maps` writes out with every float32, as kernels of WebAssembly compute them, and writes
// `test/ULP.md`: `node scripts/ulp.mjs`. `--stride N` tries one number of N; other arguments name the functions that are tried. Of
// pairs, each number is one x, with one y for it. The exit code is 1 where an error exceeds its limit. It runs the sources, as
// they are.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { buildSync } from "esbuild";
import { format, resolveConfig } from "prettier";

const root = fileURLToPath(new URL("..", import.meta.url));
const path = join(root, "test", "ULP.md");

/** The numbers that a kernel computes at a time. */
const BLOCK = 2 ** 14;

const { values, positionals } = parseArgs({
  options: { stride: { type: "string", default: "1" } },
  allowPositionals: true,
});
const stride = Number(values.stride);
const { functions, largestOf, powerOf, randomOf, wasmBlock } = await sources();
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
  const block = wasmBlock(text, BLOCK);
  const bits = new Int32Array(block.x.buffer, block.x.byteOffset, BLOCK);
  const random = randomOf(1);
  const total = Math.ceil(2 ** 32 / stride);
  let [error, at] = [-1, ""];
  // The last block has its last number again.
  for (let first = 0; first < total; first += BLOCK) {
    for (let i = 0; i < BLOCK; i++) bits[i] = Math.min(first + i, total - 1) * stride;
    if (arity === 2) for (let i = 0; i < BLOCK; i++) block.y[i] = powerOf(block.x[i], first + i, random);
    block.run();
    const found = largestOf(block, right, error);
    if (found.at < 0) continue;
    const [x, y] = [block.x[found.at], block.y[found.at]];
    [error, at] = [found.error, arity === 1 ? String(x) : `${x}, ${y}`];
  }
  if (at === "") throw new Error("no number was tried");
  return { error, at, count: total };
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
\`node scripts/ulp.mjs\` found of each, as a kernel of WebAssembly computes it, in units in the last place of the float32 that is right. Subnormals, infinities, NaN and
zeros of both signs are among the numbers. With stride 1 all 2^32 of them are tried, with stride n one of n; of \`pow\` each
number is an x, with one y for it. \`test/passes/functions.test.ts\` tries fewer, with the interpreter.

| function | limit | largest | at | numbers | stride |
| :-- | --: | --: | :-- | --: | --: |
${table.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
}
