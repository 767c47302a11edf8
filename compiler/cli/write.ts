/**
 * Writes files for the command line. Nothing that nnc did not make is lost: an existing file is replaced only if
 * it is an earlier output of that name, and a file that the command reads is never replaced. Either all files of
 * a command are written completely, or none.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  write,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { fileKind, readBytes } from "../drive/source-files.ts";
import { reasonOf } from "./read-file.ts";
import { Failure } from "./io.ts";
import { foreign, type Kind } from "./mark.ts";

export interface Output {
  readonly path: string;
  readonly content: string | Uint8Array;
  /**
   * The kind of the output. If it is absent, an earlier output cannot be told from a file that a person wrote,
   * and only `replaces` counts.
   */
  readonly kind?: Kind;
  /** A content that may be replaced: it was read in order to be changed, or was written before. */
  readonly replaces?: string | Uint8Array;
}

export interface Rules {
  /** Whether files that nnc did not write may be replaced. */
  readonly force?: boolean | undefined;
  /**
   * Paths of files that must not be replaced even with `force`: those that the command reads, or that the text
   * names.
   */
  readonly never?: readonly string[];
  /** Whether missing folders of outputs are made. */
  readonly makeFolders?: boolean;
  /** What a message tells the user to do: how to replace such files, and how to write elsewhere. */
  readonly wayOut: { readonly force?: string; readonly other: string };
}

/**
 * Writes the files; the last of the list is renamed last. Files that already have this content are not touched.
 * Each file is written to a temporary name beside it first, and the renaming begins when all are on the disk. If
 * a rename fails, the files that were replaced are put back. If a signal ends the process, no temporary file
 * remains. Returns notes for the user.
 */
export async function writeFiles(outputs: readonly Output[], rules: Rules): Promise<string[]> {
  const job = new Job(outputs, rules);
  const release = beforeSignals(() => job.clean());
  try {
    for (const place of job.places) {
      const fd = job.open(place);
      try {
        await put(fd, place.bytes);
        job.finish(place, fd);
      } finally {
        closeSync(fd);
      }
    }
    job.commit();
    // A signal that arrived while files were renamed is handled now.
    await setImmediate();
    return job.notes;
  } catch (cause) {
    throw job.failure(cause);
  } finally {
    job.clean();
    release();
  }
}

/** Does the same for callers that cannot wait. */
export function writeFilesNow(outputs: readonly Output[], rules: Rules): string[] {
  const job = new Job(outputs, rules);
  try {
    for (const place of job.places) {
      const fd = job.open(place);
      try {
        for (let at = 0; at < place.bytes.length;)
          at += writeSync(fd, place.bytes, at, pieceOf(place.bytes, at));
        fsyncSync(fd);
        job.finish(place, fd);
      } finally {
        closeSync(fd);
      }
    }
    job.commit();
    return job.notes;
  } catch (cause) {
    throw job.failure(cause);
  } finally {
    job.clean();
  }
}

/** Makes an empty file, with its folder, for a program that will write to it. An existing file is not changed. */
export function makeFile(path: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  // Opening a pipe would wait for a writer.
  const old = statSync(path, { throwIfNoEntry: false });
  if (old && !old.isFile()) throw new Failure(`cannot write ${path}: ${fileKind(old)}`);
  closeSync(openSync(path, "a", mode));
}

async function put(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;)
    at += (await promisify(write)(fd, bytes, at, pieceOf(bytes, at), null)).bytesWritten;
  await promisify(fsync)(fd);
}

/** Systems write at most 2 GiB at once. */
function pieceOf(bytes: Uint8Array, at: number): number {
  return Math.min(bytes.length - at, 2 ** 26);
}

interface Place {
  readonly output: Output;
  readonly bytes: Uint8Array;
  /**
   * The file that is written. If the path is a symbolic link, this is the file it leads to, which may not exist
   * yet.
   */
  readonly target: string;
  /** The existing file, if there is one. */
  readonly old: BigIntStats | undefined;
  temporary?: string;
  /** A second name for the existing file, until everything is done. */
  backup?: string;
}

/** A temporary file that is older than this is not being written by any process. */
const STALE_AFTER_MS = 10 * 60 * 1000;

class Job {
  /** The places that must be written. */
  readonly places: readonly Place[];
  readonly notes: string[] = [];
  readonly #rules: Rules;
  /** The folders that were made, the inner ones first. */
  readonly #made: string[] = [];
  /** The path of the output that is being processed. */
  #path = "";

  constructor(outputs: readonly Output[], rules: Rules) {
    this.#rules = rules;
    try {
      this.places = this.#examine(outputs);
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  /** Makes the temporary file of a place, and removes those that killed processes have left there. */
  open(place: Place): number {
    const { target, old, output } = place;
    this.#path = output.path;
    const folder = dirname(target);
    if (this.#rules.makeFolders) this.#makeFolder(folder);
    const start = `.nnc-${createHash("sha256").update(basename(target)).digest("hex").slice(0, 8)}-`;
    const temporary = join(folder, `${start}${randomBytes(8).toString("hex")}.tmp`);
    // The temporary file must not be readable by those who may not read the old file.
    const fd = openSync(temporary, "wx", old ? Number(old.mode) & 0o777 : 0o666);
    place.temporary = temporary;
    const now = fstatSync(fd).mtimeMs;
    try {
      for (const name of readdirSync(folder)) {
        if (!name.startsWith(start)) continue;
        const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
        // For a link, the time of the last change to the file matters (when the link was made), not that of its
        // content.
        const last = name.endsWith(".tmp") ? stats?.mtimeMs : stats?.ctimeMs;
        if (last !== undefined && now - last > STALE_AFTER_MS) rmSync(join(folder, name), { force: true });
      }
    } catch {
      // A folder may be writable without being listable.
    }
    return fd;
  }

  #makeFolder(folder: string): void {
    const first = mkdirSync(folder, { recursive: true });
    if (first === undefined) return;
    for (let at = resolve(folder); ; at = dirname(at)) {
      this.#made.push(at);
      if (at === resolve(first)) return;
    }
  }

  /** Gives the temporary file the owner and the mode of the file that it will replace. */
  finish({ old, output }: Place, fd: number): void {
    if (!old) return;
    const [uid, gid] = [Number(old.uid), Number(old.gid)];
    const isOwn = (): boolean => fstatSync(fd).uid === uid && fstatSync(fd).gid === gid;
    if (!isOwn()) {
      for (const owner of [uid, -1]) {
        try {
          fchownSync(fd, owner, gid);
          break;
        } catch {
          // Only root may give files away; a group may be kept by its members.
        }
      }
    }
    const isKept = isOwn();
    if (!isKept) this.notes.push(`${output.path} has another owner or group than before`);
    if (old.nlink > 1n)
      this.notes.push(`${output.path} had other names (hard links), which keep what was in it`);
    // The set-user-ID and set-group-ID bits are kept only if owner and group are.
    fchmodSync(fd, Number(old.mode) & (isKept ? 0o7777 : 0o777));
  }

  /** Renames all files, or puts back the ones that were renamed. */
  commit(): void {
    const done: Place[] = [];
    try {
      for (const place of this.places) {
        this.#path = place.output.path;
        if (!this.#isStillRight(place)) continue;
        // If the last file cannot be replaced, the others are put back; after it, nothing needs to be put back,
        // so it needs no backup.
        if (place !== this.places.at(-1)) this.#keep(place);
        renameSync(place.temporary!, place.target);
        delete place.temporary;
        done.push(place);
      }
    } catch (cause) {
      const failure = this.failure(cause);
      const lost = done.reverse().flatMap((place) => putBack(place));
      throw lost.length === 0 ? failure : new Failure(`${failure.message}; ${lost.join("; ")}`);
    }
  }

  /** Removes temporary files, and folders that got no file. If this fails, the next run removes them. */
  clean(): void {
    for (const { temporary, backup } of this.places) {
      for (const path of [temporary, backup]) {
        if (path === undefined) continue;
        try {
          rmSync(path, { force: true });
        } catch {
          // The files themselves are complete, so this error is ignored.
        }
      }
    }
    for (const folder of this.#made) {
      try {
        rmdirSync(folder);
      } catch {
        // The folder contains files, as it should.
      }
    }
  }

  failure(cause: unknown): Failure {
    if (cause instanceof Failure) return cause;
    const folder = dirname(this.#path);
    const isLost = (cause as NodeJS.ErrnoException).code === "ENOENT" && !existsSync(folder);
    return new Failure(
      `cannot write ${this.#path}: ${isLost ? `there is no folder ${folder}` : reasonOf(cause)}`,
    );
  }

  /**
   * The places of the outputs that must be written. Throws a Failure that names all files that may not be
   * replaced.
   */
  #examine(outputs: readonly Output[]): Place[] {
    const never = new Map<string, string>();
    for (const path of this.#rules.never ?? []) {
      const stats = statOf(path);
      if (stats) never.set(identityOf(stats), path);
    }
    const refused: string[] = [];
    const places: Place[] = [];
    let isFinal = false;
    for (const output of outputs) {
      this.#path = output.path;
      const { content, path } = output;
      const target = followed(path);
      const twin = places.find((one) => resolve(one.target) === resolve(target));
      if (twin) throw new Failure(`cannot write ${path}: it is the same file as ${twin.output.path}`);
      const old = statOf(target);
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      if (old) {
        const special = fileKind(old);
        if (special !== undefined) throw new Failure(`cannot write ${path}: ${special}`);
        const present = presentOf(target);
        if (typeof present !== "string" && isSame(present, bytes)) continue;
        const input = never.get(identityOf(old));
        const reason = this.#reason(output, present, input);
        if (reason !== undefined) refused.push(`cannot write ${path}: it ${reason}`);
        isFinal ||= reason !== undefined && input !== undefined;
        // Renaming could replace a file that is write-protected, which its owner did not want. Only root may do
        // this.
        accessSync(target, constants.W_OK);
        if ((old.mode & 0o222n) === 0n) throw new Failure(`cannot write ${path}: it is read-only`);
      }
      places.push({ output, bytes, target, old });
    }
    const { force, other } = this.#rules.wayOut;
    if (refused.length > 0)
      throw new Failure(
        `${refused.join("; ")}: ${isFinal || force === undefined ? other : `${force}, or ${other}`}`,
      );
    return places;
  }

  /** The reason why a file with this content may not be replaced. */
  #reason(output: Output, present: Uint8Array | string, input: string | undefined): string | undefined {
    const { path, kind, replaces } = output;
    const isKnown =
      typeof present !== "string" && replaces !== undefined && isSame(present, Buffer.from(replaces));
    if (isKnown) return undefined;
    if (input !== undefined) {
      const alias = input === path ? "" : `${input} by another name, `;
      return `is ${alias}one of the files that the net is made of`;
    }
    if (this.#rules.force) return undefined;
    if (typeof present === "string") return `is there already, and cannot be read: ${present}`;
    if (kind === undefined) return replaces === undefined ? "is there already" : "was changed meanwhile";
    return foreign(present, path, kind);
  }

  /** Whether the place is as it was when it was examined; another process may have changed it since. */
  #isStillRight(place: Place): boolean {
    const now = statOf(place.target);
    if (stampOf(now) === stampOf(place.old)) return true;
    const [again] = this.#examine([place.output]);
    if (again && again.target !== place.target)
      throw new Failure(`cannot write ${this.#path}: its links were changed meanwhile`);
    return again !== undefined;
  }

  /** Gives the existing file a second name, so that it can be put back. */
  #keep(place: Place): void {
    const { target, temporary } = place;
    if (!statOf(target)) return;
    place.backup = temporary!.replace(/tmp$/, "old");
    try {
      linkSync(target, place.backup);
    } catch {
      // Some file systems have no hard links.
      copyFileSync(target, place.backup, constants.COPYFILE_EXCL);
    }
  }
}

/** Puts back the old file, and returns a message if that fails. */
function putBack(place: Place): string[] {
  const { target, backup, output } = place;
  try {
    if (backup === undefined) rmSync(target);
    else renameSync(backup, target);
    delete place.backup;
    return [];
  } catch (cause) {
    // The backup is not removed, as it is the only copy.
    delete place.backup;
    const what =
      backup === undefined ? "is new and could not be removed" : `is new, and what it was is in ${backup}`;
    return [`${output.path} ${what} (${reasonOf(cause)})`];
  }
}

/** The content of the existing file, or the reason why it cannot be read. */
function presentOf(target: string): Uint8Array | string {
  try {
    return readBytes(target);
  } catch (cause) {
    return reasonOf(cause);
  }
}

/** Whether two paths lead to one existing file. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [statOf(a), statOf(b)];
  return one !== undefined && other !== undefined && identityOf(one) === identityOf(other);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/**
 * The path that symbolic links lead to, whether or not a file is there. The links themselves are not replaced.
 */
function followed(path: string): string {
  for (let at = path, steps = 0; ; steps++) {
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) return at;
    if (steps > 40) throw new Failure(`cannot write ${path}: its symbolic links lead in a circle`);
    at = resolve(dirname(at), readlinkSync(at));
  }
}

/** A text that is the same for all names of a file. */
function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev} ${ino}`;
}

function stampOf(stats: BigIntStats | undefined): string {
  return stats ? [identityOf(stats), stats.size, stats.mtimeNs].join(" ") : "absent";
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/**
 * Calls `clean` if a signal ends the process, which then still ends by this signal. Returns a function that
 * cancels this.
 */
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
