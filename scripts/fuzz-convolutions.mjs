// Compiles convolutions of random shapes and compares what they give with the evaluator, and the evaluator with PyTorch's
// formula: `node scripts/fuzz-convolutions.mjs [shapes: 100000] [seed: 0] [--minutes M]`.
// Each shape has a seed of its own, so that one that fails is found again alone: its number is printed, and with
// `--only NUMBER` nothing else is tried. The exit code is 1 if any failed. It runs the sources, as they are.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

/** So many failures are enough to look at. */
const ENOUGH = 10;
/** A line is printed after so many shapes. */
const REPORT = 1000;
/** More shapes than a seed has, so that those of two seeds differ. */
const APART = 10_000_019;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string", default: "Infinity" }, only: { type: "string" } },
});
const [count, seed] = [positionals[0] ?? "100000", positionals[1] ?? "0"].map(Number);
const [minutes, only] = [Number(values.minutes), Number(values.only ?? "-1")];
if (!(
  count >= 1 &&
  count < APART &&
  Number.isSafeInteger(count) &&
  Number.isSafeInteger(seed) &&
  minutes > 0
)) {
  console.error("usage: node scripts/fuzz-convolutions.mjs [shapes] [seed] [--minutes M] [--only NUMBER]");
  process.exit(2);
}

const { wrong, randomOf } = await sources();
const start = performance.now();
const isLate = () => performance.now() - start > minutes * 60_000;
let [tried, failures] = [0, 0];
const told = () =>
  `${tried} convolutions, seed ${seed}: ${failures} failed (${Math.round((performance.now() - start) / 1000)} s)`;
for (let number = Math.max(only, 0); number < count && failures < ENOUGH && !isLate(); number++) {
  const failure = failureOf(number);
  tried++;
  if (failure !== undefined) {
    failures++;
    console.error(`${number}: ${failure}`);
  }
  if (only >= 0) break;
  if (tried % REPORT === 0) console.log(told());
}
console.log(told());
process.exitCode = failures === 0 ? 0 : 1;

function failureOf(number) {
  try {
    return wrong(randomOf(seed * APART + number));
  } catch (error) {
    return error.stack;
  }
}

/** The functions of the tests, which are TypeScript. */
async function sources() {
  const folder = mkdtempSync(join(tmpdir(), "nnc-convolutions-"));
  const test = fileURLToPath(new URL("../test/", import.meta.url));
  const outfile = join(folder, "convolutions.mjs");
  try {
    await build({
      stdin: {
        contents: 'export { wrong } from "./convolutions.ts"; export { randomOf } from "./random.ts";',
        resolveDir: join(test, "differential"),
      },
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
      // Bundled files must find the files beside them in `test`.
      define: { "import.meta.url": JSON.stringify(pathToFileURL(join(test, "here.ts")).href) },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
