/** The file that keeps lines from one session to the next. */
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../io.ts";
import { makeFile } from "../write.ts";

/** Only its owner may read the history. The mode also distinguishes a history from another file. */
const FILE_MODE = 0o600;

/**
 * The path of the history: NNC_HISTORY, or nnc/history in the state folder of the XDG base directories, or
 * ~/.nnc_history. It is undefined if NNC_HISTORY is empty, or if the file cannot be written or is not a history;
 * the session then runs without one.
 */
export function historyFile(env: Environment): string | undefined {
  const { NNC_HISTORY: own, XDG_STATE_HOME: state } = env;
  const path =
    own ?? (state ? join(state, "nnc", "history") : join(env["HOME"] ?? homedir(), ".nnc_history"));
  if (path === "") return undefined;
  try {
    makeFile(path, FILE_MODE);
    const { size, mode } = statSync(path);
    // Windows does not keep such modes.
    const isOther = size > 0 && (mode & 0o777) !== FILE_MODE && process.platform !== "win32";
    return isOther ? undefined : path;
  } catch {
    return undefined;
  }
}
