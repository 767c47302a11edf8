// The peers as they lie in this folder's node_modules.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const benchFolder = fileURLToPath(new URL(".", import.meta.url));

/** The dependencies that package.json names, with their versions. @returns {Record<string, string>} */
export function wantedPeers() {
  return JSON.parse(readFileSync(`${benchFolder}package.json`, "utf8")).dependencies;
}

/** @param {string} name */
export function packageFolder(name) {
  return `${benchFolder}node_modules/${name}`;
}

/** Undefined where it is not installed. @param {string} name @returns {string | undefined} */
export function installedVersion(name) {
  try {
    return JSON.parse(readFileSync(`${packageFolder(name)}/package.json`, "utf8")).version;
  } catch {
    return undefined;
  }
}
