/** Where lines are kept from one session to the next. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Environment } from "../io.ts";

/**
 * NNC_HISTORY, or nnc/history in the state folder of the XDG base directories, or ~/.nnc_history. Undefined where
 * NNC_HISTORY is empty, or where the file cannot be written: a session without a history is better than none.
 */
export function historyFile(env: Environment): string | undefined {
  const { NNC_HISTORY: own, XDG_STATE_HOME: state } = env;
  const path =
    own ?? (state ? join(state, "nnc", "history") : join(env["HOME"] ?? homedir(), ".nnc_history"));
  if (path === "") return undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, "a", 0o600));
    return path;
  } catch {
    return undefined;
  }
}
