/** Files as the command line writes them: all or none, and never a half of one. */
import { chmodSync, realpathSync, renameSync, rmSync, statSync, type Stats } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { reasonOf } from "./files.ts";
import { Failure } from "./io.ts";

/**
 * Each file goes to a temporary name beside it first, and the renaming begins when all are written. The last of the
 * list is renamed last. A signal that ends the process leaves nothing temporary.
 */
export async function writeFiles(
  files: readonly (readonly [path: string, content: string | Uint8Array])[],
): Promise<void> {
  const written: { temporary: string; path: string }[] = [];
  const remove = (): void => {
    for (const { temporary } of written) rmSync(temporary, { force: true });
  };
  const release = beforeSignals(remove);
  let at = "";
  try {
    for (const [path, content] of files) {
      at = path;
      const old = statOf(path);
      // A device would be replaced by a file of its name.
      if (old && !old.isFile())
        throw new Failure(
          `cannot write ${path}: it is ${old.isDirectory() ? "a directory" : "no regular file"}`,
        );
      // Through a link the file that it points to is written, and the link stays.
      const target = old ? realpathSync(path) : path;
      const temporary = `${target}.${process.pid}.tmp`;
      written.push({ temporary, path: target });
      await writeFile(temporary, content);
      if (old) chmodSync(temporary, old.mode);
    }
    for (const { temporary, path } of written) {
      at = path;
      renameSync(temporary, path);
    }
  } catch (cause) {
    remove();
    if (cause instanceof Failure) throw cause;
    const isLost = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new Failure(
      `cannot write ${at}: ${isLost ? `there is no folder ${dirname(at)}` : reasonOf(cause)}`,
    );
  } finally {
    release();
  }
}

/** Cleans up where a signal ends the process, which then ends by this signal still. Gives what calls this off. */
function beforeSignals(clean: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const end = (signal: NodeJS.Signals): void => {
    clean();
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => signals.forEach((signal) => process.off(signal, end));
  for (const signal of signals) process.on(signal, end);
  return release;
}

/** Whether two paths lead to one existing file. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [statOf(a), statOf(b)];
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
