/** Where lines are kept from one session to the next. */
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../io.ts";
import { makeFile } from "../write.ts";

/** Only its owner may read a history. The mode also tells a history from a file that is something else. */
const FILE_MODE = 0o600;

/**
 * NNC_HISTORY, or nnc/history in the state folder of the XDG base directories, or ~/.nnc_history. Undefined where
 * NNC_HISTORY is empty, where the file cannot be written, or where it is something else than a history: a session without
 * a history is better than none.
 */
export function historyFile(env: Environment): string | undefined {
  const { NNC_HISTORY: own, XDG_STATE_HOME: state } = env;
  const path =
    own ?? (state ? join(state, "nnc", "history") : join(env["HOME"] ?? homedir(), ".nnc_history"));
  if (path === "") return undefined;
  try {
    makeFile(path, FILE_MODE);
    const { size, mode } = statSync(path);
    // Windows keeps no such modes.
    const isOther = size > 0 && (mode & 0o777) !== FILE_MODE && process.platform !== "win32";
    return isOther ? undefined : path;
  } catch {
    return undefined;
  }
}
