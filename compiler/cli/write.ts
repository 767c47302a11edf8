/** Files as the command line writes them: all or none, and never a half of one. */
import { accessSync, chmodSync, constants, realpathSync, renameSync, rmSync, statSync, writeFileSync, type Stats } from "node:fs"; // prettier-ignore
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
  const written: Place[] = [];
  const remove = (): void => {
    for (const { temporary } of written) rmSync(temporary, { force: true });
  };
  const release = beforeSignals(remove);
  let at = "";
  try {
    for (const [path, content] of files) {
      at = path;
      const place = placeOf(path);
      written.push(place);
      await writeFile(place.temporary, content);
      keepMode(place);
    }
    for (const { temporary, path } of written) {
      at = path;
      renameSync(temporary, path);
    }
  } catch (cause) {
    remove();
    throw failureOf(cause, at);
  } finally {
    release();
  }
}

/** One file, in the same way, for who cannot wait. */
export function writeFileNow(path: string, content: string): void {
  let place: Place | undefined;
  try {
    place = placeOf(path);
    writeFileSync(place.temporary, content);
    keepMode(place);
    renameSync(place.temporary, place.path);
  } catch (cause) {
    if (place) rmSync(place.temporary, { force: true });
    throw failureOf(cause, path);
  }
}

interface Place {
  readonly temporary: string;
  readonly path: string;
  /** Of the file that is there already. */
  readonly mode: number | undefined;
}

/** Through a link the file that it points to is written, and the link stays. */
function placeOf(path: string): Place {
  const old = statOf(path);
  // A device would be replaced by a file of its name.
  if (old && !old.isFile())
    throw new Failure(`cannot write ${path}: it is ${old.isDirectory() ? "a directory" : "no regular file"}`);
  // A file that may not be written may be replaced all the same, which its owner did not mean.
  if (old) accessSync(path, constants.W_OK);
  const target = old ? realpathSync(path) : path;
  return { temporary: `${target}.${process.pid}.tmp`, path: target, mode: old?.mode };
}

function keepMode({ temporary, mode }: Place): void {
  if (mode !== undefined) chmodSync(temporary, mode);
}

function failureOf(cause: unknown, path: string): Failure {
  if (cause instanceof Failure) return cause;
  const isLost = (cause as NodeJS.ErrnoException).code === "ENOENT";
  return new Failure(`cannot write ${path}: ${isLost ? `there is no folder ${dirname(path)}` : reasonOf(cause)}`); // prettier-ignore
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
