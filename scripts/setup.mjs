// Makes a fresh clone ready: installs what the lockfile names and builds `dist`, each only where it is missing or
// stale. Plain JavaScript without imports of ours or others, because it runs before there is anything.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  stop(`nnc needs Node.js 20.19 or newer, and this is ${process.versions.node}: see https://nodejs.org`);
}
install();
await build();
link();

/** `npm ci` where what is installed is not what the lockfile names. File times say nothing after a checkout. */
function install() {
  if (isInstalled()) return;
  console.error("installing dependencies …");
  // Without scripts: `prepare` would come back here.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm tells its scripts where it is itself; `npm` alone would be npm.cmd on Windows.
  const npm = process.env.npm_execpath;
  const run = { cwd: root, stdio: ["ignore", 2, 2] };
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], run)
    : spawnSync("npm", args, { ...run, shell: process.platform === "win32" });
  if (status !== 0) stop("npm ci failed");
}

function isInstalled() {
  const wanted = packages(join(root, "package-lock.json"));
  const present = packages(join(root, "node_modules", ".package-lock.json"));
  if (!wanted || !present) return false;
  // Optional packages are those of other platforms.
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, peer }]) =>
      path === "" || optional || devOptional || peer || present[path]?.version === version,
  );
}

function packages(lockfile) {
  return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, "utf8")).packages : undefined;
}

/** Compiles where the sources are not those that `dist` was made of. */
async function build() {
  const dist = join(root, "dist");
  const stamp = join(dist, ".sources");
  const inputs = ["grammar", "compiler", "runtime", "scripts/bundle.mjs", "tsconfig.json"];
  const sources = hashOf([...inputs, "package.json", "package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
  console.error("building …");
  // Built beside and moved file by file: whoever runs from `dist` meanwhile finds every file whole.
  const fresh = join(dist, `.build.${process.pid}`);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const run = { cwd: root, stdio: ["ignore", 2, 2] };
  const { status } = spawnSync(process.execPath, [tsc, "-p", ".", "--outDir", fresh], run);
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    stop("the build failed");
  }
  // Not before: it imports what is installed.
  const { bundleChevrotain, pruneTypes } = await import("./bundle.mjs");
  await bundleChevrotain(fresh, root);
  pruneTypes(fresh, root);
  const files = filesIn(fresh);
  for (const file of files) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(fresh, file), join(dist, file));
  }
  rmSync(fresh, { recursive: true, force: true });
  // What sources that are gone have left.
  const gone = filesIn(dist).filter((file) => !file.startsWith(".") && !files.includes(file));
  for (const file of gone) rmSync(join(dist, file), { force: true });
  writeFileSync(stamp, sources);
}

/** `npx nnc` in this folder finds the program without asking the registry for a package of that name. */
function link() {
  chmodSync(join(root, "dist", "compiler", "cli", "main.js"), 0o755);
  const bin = join(root, "node_modules", ".bin", "nnc");
  // On Windows a link would not do; there npx links the package in its own cache.
  if (process.platform === "win32" || existsSync(bin)) return;
  rmSync(bin, { force: true });
  symlinkSync(join("..", "..", "dist", "compiler", "cli", "main.js"), bin);
}

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const full = join(root, path);
    const files = path.includes(".") ? [""] : filesIn(full).sort();
    for (const file of files) hash.update(`${path}/${file}\0`).update(readFileSync(join(full, file)));
  }
  return hash.digest("hex");
}

/** Paths of all files below a folder, relative to it. */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesIn(join(folder, entry.name)).map((file) => join(entry.name, file))
      : [entry.name],
  );
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
