/** Reads files for the command line. Every failure names the file and the reason. */
import { statSync } from "node:fs";
import type { Source } from "../../grammar/source.ts";
import { projectOf, readBytes, TEXT_LIMIT, decoded } from "../drive/source-files.ts";
import { libraryFiles } from "../layers/library-files.ts";
import { Failure, type Io } from "./io.ts";

/** The source for a text that was read from `path`. */
export function textSource(path: string, bytes: Uint8Array): Source {
  const file = nameOf(path);
  try {
    return { file, text: decoded(bytes) };
  } catch (cause) {
    throw new Failure(`cannot read ${file}: ${reasonOf(cause)}`);
  }
}

/** The name by which messages refer to a file that the command line calls `path`. */
export function nameOf(path: string): string {
  return path === "-" ? "<stdin>" : path;
}

/**
 * Reads files for a command and remembers two things: their texts, which the frames of diagnostics show, and a
 * stamp of each file, by which a watch notices that the file has changed.
 */
export class Reader {
  readonly sources: Source[] = [...libraryFiles].map(([file, text]) => ({ file, text }));
  /** The paths of weights that texts name, whether or not they were read. */
  readonly named: string[] = [];
  /** The paths of files that texts import. */
  readonly imported: string[] = [];
  readonly stamps: Map<string, string> = new Map();
  readonly #io: Io;

  constructor(io: Io) {
    this.#io = io;
  }

  /** The files that were read or could have been. No output replaces one of them. */
  inputs(): string[] {
    return [...this.stamps.keys(), ...this.named];
  }

  /**
   * Makes the function with which the compiler reads files that the text of `file` names: files of its project,
   * or any files with `allowOutside`. The function throws the errors of the file system.
   */
  reading(file: string, allowOutside: boolean): (path: string) => string | Uint8Array {
    const inside = allowOutside ? undefined : projectOf(file);
    return (path) => {
      inside?.(path);
      if (!path.endsWith(".nn")) return this.#read(path);
      const text = decoded(this.#read(path, TEXT_LIMIT));
      this.imported.push(path);
      this.sources.push({ file: path, text });
      return text;
    };
  }

  /** Reads the file that a command is called with; `-` means standard input. */
  async source(path: string): Promise<Source> {
    const source = textSource(path, await this.content(path, TEXT_LIMIT));
    this.sources.push(source);
    return source;
  }

  /** Reads a text that an option names. */
  text(path: string): Source {
    const source = textSource(path, this.bytes(path, TEXT_LIMIT));
    this.sources.push(source);
    return source;
  }

  /** Reads a file, or standard input for `-`. */
  async content(path: string, limit?: number): Promise<Uint8Array> {
    return path === "-" || path === "/dev/stdin" ? this.#io.stdin() : this.bytes(path, limit);
  }

  bytes(path: string, limit?: number): Uint8Array {
    this.#io.step?.(`reading ${path}`);
    try {
      return this.#read(path, limit);
    } catch (cause) {
      throw new Failure(`cannot read ${path}: ${reasonOf(cause)}`);
    }
  }

  #read(path: string, limit?: number): Uint8Array {
    // The stamp is taken before the first read, so that a change during the read counts as a change.
    if (!this.stamps.has(path)) this.stamps.set(path, stampOf(path));
    return readBytes(path, limit);
  }
}

/** A text that changes if the file is replaced or written to. */
export function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs].join(" ");
  } catch {
    return "absent";
  }
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
  ELOOP: "its symbolic links lead in a circle",
  EMFILE: "too many files are open",
};

export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}
