// Installs the peers where they are missing. Measuring goes on without them: scaling needs none.
import { spawnSync } from "node:child_process";
import { benchFolder, installedVersion, wantedPeers } from "./packages.mjs";

export function installPeers() {
  const missing = Object.entries(wantedPeers()).filter(
    ([name, version]) => installedVersion(name) !== version,
  );
  if (missing.length === 0) return;
  console.error("installing the peers (once, about 550 MB on disk) …");
  // One retry: npm's usual ones take minutes where there is no network.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"];
  // npm tells its scripts where it is itself; `npm` alone would be npm.cmd on Windows.
  const npm = process.env.npm_execpath;
  const run = { cwd: benchFolder, stdio: /** @type {("ignore" | 2)[]} */ (["ignore", 2, 2]) };
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], run)
    : spawnSync("npm", args, { ...run, shell: process.platform === "win32" });
  if (status !== 0)
    console.error("the peers could not be installed (no network?): nnc is measured without them");
}
