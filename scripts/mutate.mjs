// Switches off, one by one, the rules and conditions of the middle end that `test/mutations/list.mjs` names, and writes
// `test/MUTATIONS.md`: which test notices. `node scripts/mutate.mjs` runs those that the page does not know yet, or that
// nothing noticed and nothing explains; `--all` runs all; any other argument runs those whose file or name has it.
// The exit code is 1 where a mutation lives and the list does not say why. It runs the sources, as they are.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { format, resolveConfig } from "prettier";
import { mutations } from "../test/mutations/list.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "test", "MUTATIONS.md");
/** The word on the page for a mutation that no test noticed. */
const LIVES = "nothing";
const NEW = "not run yet";
/** A mutation whose tests do not end in this time counts as noticed. */
const TIMEOUT_MS = 300_000;

/** The number of mutations that are tested at the same time. */
const JOBS = 3;
const run = promisify(execFile);

const asked = process.argv.slice(2);
const known = readPage();
const chosen = mutations.filter(({ file, name, lives }) => {
  if (asked.length === 0)
    return (lives ? [NEW] : [LIVES, NEW]).includes(known.get(`${file}: ${name}`) ?? NEW);
  return asked.includes("--all") || asked.some((word) => `${file}: ${name}`.includes(word));
});
const folder = mkdtempSync(join(tmpdir(), "nnc-mutate-"));
try {
  // The cases take little time, and leave few mutations to the slower tests.
  const left = await each("cases", chosen);
  for (const { file, name } of await each("deep", left)) note(file, name, LIVES);
} finally {
  rmSync(folder, { recursive: true });
}
writeFileSync(page, await format(pageText(), { ...(await resolveConfig(page)), parser: "markdown" }));
const living = mutations.filter(({ file, name, lives }) => !lives && known.get(`${file}: ${name}`) === LIVES);
console.log(`${chosen.length} run, ${living.length} of ${mutations.length} live and nothing says why`);
process.exitCode = living.length === 0 ? 0 : 1;

/** Runs one file of tests on each mutation, and returns the mutations that it did not notice. */
async function each(entry, list) {
  const unnoticed = [];
  const waiting = list.entries();
  const work = async () => {
    for (const [place, mutation] of waiting) {
      const noticed = await says(entry, mutation, join(folder, `${entry}${place}.mjs`));
      if (noticed === "") unnoticed.push(mutation);
      else note(mutation.file, mutation.name, noticed);
    }
  };
  await Promise.all(Array.from({ length: JOBS }, work));
  return unnoticed;
}

/** Writes a result to the page at once, so that it is kept if the script is stopped. */
function note(file, name, noticed) {
  known.set(`${file}: ${name}`, noticed);
  console.log(`${file}: ${name}: ${noticed}`);
  writeFileSync(page, pageText());
}

/** The output of a file of `test/mutations` for the changed sources. */
async function says(entry, { file, name, from, to }, outfile) {
  const path = join(root, file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2)
    throw new Error(`${file}: ${name}: its text does not stand there once:\n${from}`);
  const replace = {
    name: "replace",
    setup: (build) =>
      build.onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
        loaded === path ? { contents: text.replace(from, () => to), loader: "ts" } : undefined,
      ),
  };
  await build({
    entryPoints: [join(root, "test", "mutations", `${entry}.ts`)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
    plugins: [replace],
    // Bundled files must find the files beside them in `test`.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(join(root, "test", "here.ts")).href) },
  });
  const pass = /passes\/([a-z0-9]+)/.exec(file)?.[1] ?? "";
  try {
    return (await run(process.execPath, [outfile, pass], { timeout: TIMEOUT_MS })).stdout.trim();
  } catch (error) {
    return error.killed ? "it does not end" : "it cannot be loaded";
  }
}

/** The page's record of which test notices each mutation. */
function readPage() {
  const rows = existsSync(page)
    ? readFileSync(page, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("| compiler/"))
    : [];
  return new Map(
    rows.map((row) => {
      const [, file, name, noticed] = row
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll("\\|", "|"));
      return [`${file}: ${name}`, noticed.startsWith(`${LIVES}:`) ? LIVES : noticed];
    }),
  );
}

function pageText() {
  const cell = (text) => text.replaceAll("|", "\\|");
  const rows = mutations.map(({ file, name, lives }) => {
    const noticed = known.get(`${file}: ${name}`) ?? NEW;
    const shown = noticed === LIVES && lives ? `${LIVES}: ${lives}` : noticed;
    return `| ${file} | ${cell(name)} | ${cell(shown)} |\n`;
  });
  return `# Mutations

Each line is a rule or a condition of the middle end that was switched off, and the test that noticed it first: a case of
\`test/passes\`, a golden, or random graphs and nets that are computed every way. \`node scripts/mutate.mjs\` writes this page,
and \`test/mutations/list.mjs\` has the texts that are replaced. A line that nothing noticed says why it may be so: the
condition states what holds anyway.

| file | switched off | noticed by |
| --- | --- | --- |
${rows.join("")}`;
}
