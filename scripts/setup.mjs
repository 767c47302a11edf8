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

/**
 * Runs `npm ci` if the installed packages are not those of the lockfile. Times of files say nothing after a
 * checkout.
 */
function install() {
  if (isInstalled()) return;
  console.error("installing dependencies …");
  // Scripts are not run, as `prepare` would start this script again.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm tells its scripts its own path; the name `npm` would not work on Windows, where the program is npm.cmd.
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
  // Optional packages may be missing, as they are for other platforms.
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, peer }]) =>
      path === "" || optional || devOptional || peer || present[path]?.version === version,
  );
}

function packages(lockfile) {
  return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, "utf8")).packages : undefined;
}

/** Compiles if the sources are not the ones that `dist` was made from. */
async function build() {
  const dist = join(root, "dist");
  const stamp = join(dist, ".sources");
  const inputs = ["grammar", "compiler", "runtime", "scripts/bundle.mjs", "tsconfig.json"];
  const sources = hashOf([...inputs, "package.json", "package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
  console.error("building …");
  // Files are built in another folder and moved one by one, so that a program that runs from `dist` meanwhile
  // finds every file complete.
  const fresh = join(dist, `.build.${process.pid}`);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const run = { cwd: root, stdio: ["ignore", 2, 2] };
  const { status } = spawnSync(process.execPath, [tsc, "-p", ".", "--outDir", fresh], run);
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    stop("the build failed");
  }
  // This is imported only now, as it imports packages that were just installed.
  const { bundleChevrotain, pruneTypes } = await import("./bundle.mjs");
  await bundleChevrotain(fresh, root);
  pruneTypes(fresh, root);
  const files = filesIn(fresh);
  for (const file of files) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(fresh, file), join(dist, file));
  }
  rmSync(fresh, { recursive: true, force: true });
  // Removes files whose sources no longer exist.
  const gone = filesIn(dist).filter((file) => !file.startsWith(".") && !files.includes(file));
  for (const file of gone) rmSync(join(dist, file), { force: true });
  writeFileSync(stamp, sources);
}

/** `npx nnc` in this folder finds the program without asking the registry for a package of that name. */
function link() {
  chmodSync(join(root, "dist", "compiler", "cli", "main.js"), 0o755);
  const bin = join(root, "node_modules", ".bin", "nnc");
  // On Windows a link would not work; there npx links the package in its own cache.
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

/** The paths of all files below a folder, relative to it. */
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
