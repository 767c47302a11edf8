/** Files as the command line reads and writes them: every failure names the file and the reason. */
import {
  chmodSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import type { Source } from "../../grammar/source.ts";
import { Failure } from "./io.ts";

export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Failure(`cannot read ${path}: ${reasonOf(cause)}`);
  }
}

export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

/** Reads for the compiler, and remembers the texts: frames of diagnostics in imported files show them. */
export class Reader {
  readonly sources: Source[] = [];
  /** Files that were read as bytes: weights. */
  readonly binaries: string[] = [];

  readonly read = (path: string): string | Uint8Array => {
    const bytes = readFileSync(path);
    if (!path.endsWith(".nn")) {
      this.binaries.push(path);
      return bytes;
    }
    const text = new TextDecoder().decode(bytes);
    this.sources.push({ file: path, text });
    return text;
  };

  /** The file that a command is about. */
  main(path: string): string {
    const text = readText(path);
    this.sources.push({ file: path, text });
    return text;
  }
}

/**
 * Writes all of the files or none: each goes to a temporary name beside it first, and the renaming begins when
 * all are on the disk. The last of the list is renamed last.
 */
export function writeFiles(files: readonly (readonly [path: string, content: string | Uint8Array])[]): void {
  const written: { temporary: string; path: string }[] = [];
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
      writeFileSync(temporary, content);
      if (old) chmodSync(temporary, old.mode);
    }
    for (const { temporary, path } of written) {
      at = path;
      renameSync(temporary, path);
    }
  } catch (cause) {
    for (const { temporary } of written) rmSync(temporary, { force: true });
    if (cause instanceof Failure) throw cause;
    throw new Failure(`cannot write ${at}: ${reasonOf(cause)}`);
  }
}

/** Whether two paths lead to one existing file. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [statOf(a), statOf(b)];
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or directory",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "the name is too long",
};

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}
