/**
 * Reads sources, imports and weights. Only regular files are read, up to a limit of size; and of the files that a
 * text names, only those inside its project.
 */
import { OutsideProject } from "../../grammar/outside.ts";

/** The longest text. A longer one would not fit a string of V8, which has at most 2^29 - 24 UTF-16 units. */
export const TEXT_LIMIT: number = 2 ** 29 - 24;

/** The most bytes that `fs.readFileSync` reads. */
const BYTES_LIMIT = 2 ** 31 - 1;

/**
 * The limit for files without a size, such as those in /proc, whose size is known only when they are read: a
 * longer one may be endless.
 */
const UNSIZED_LIMIT = 2 ** 24;

/**
 * The node:fs module, loaded when it is needed. An `import` of a Node.js module would keep browsers from loading
 * this file, and bundlers from bundling it.
 */
function builtin() {
  const { process } = globalThis as Partial<typeof globalThis>;
  if (!process?.getBuiltinModule)
    throw new Error("there is no file system here; the option `read` takes a function that reads files");
  return { fs: process.getBuiltinModule("node:fs"), path: process.getBuiltinModule("node:path") };
}

type FileSystem = ReturnType<typeof builtin>["fs"];

/** The properties of a file that node:fs reports. */
interface Stats {
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isFIFO: () => boolean;
  readonly isSocket: () => boolean;
}

/** Reads a file: `.nn` files as text, all others as bytes. Throws if the file does not exist. */
export function readFile(path: string): string | Uint8Array {
  return path.endsWith(".nn") ? decoded(readBytes(path, TEXT_LIMIT)) : readBytes(path);
}

/**
 * Makes a reader for a text called `filename`. It reads imports and weights from the project of that text only.
 */
export function projectReader(filename: string): (path: string) => string | Uint8Array {
  const inside = projectOf(filename);
  return (path) => {
    inside(path);
    return readFile(path);
  };
}

/**
 * The bytes of a regular file. Throws an Error with the reason for anything else: a device may be endless, and
 * reading a pipe without a writer would wait for one.
 */
export function readBytes(path: string, limit: number = BYTES_LIMIT): Uint8Array {
  const { fs } = builtin();
  const look = (stats: Stats & { readonly size: number }): number => {
    const special = fileKind(stats);
    if (special !== undefined) throw new Error(special);
    if (stats.size > limit) throw tooLarge(stats.size, limit);
    return stats.size;
  };
  // The file is checked before it is opened, as opening alone may wait, or may make a device act.
  look(fs.statSync(path));
  // Another file may have taken the name since the check, so the file is opened without waiting. Windows does not
  // have this flag.
  const fd = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    return look(fs.fstatSync(fd)) > 0 ? fs.readFileSync(fd) : readUnsized(fd, fs);
  } finally {
    fs.closeSync(fd);
  }
}

function readUnsized(fd: number, fs: FileSystem): Uint8Array {
  const bytes = new Uint8Array(UNSIZED_LIMIT);
  for (let length = 0; length < bytes.length;) {
    const read = fs.readSync(fd, bytes, length, Math.min(65536, bytes.length - length), null);
    if (read === 0) return bytes.slice(0, length);
    length += read;
  }
  throw new Error("it says that it is empty, but reading it does not come to an end");
}

/** Says what the file is, if it is not a regular file that can be read or written. */
export function fileKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "it is a directory";
  if (stats.isFIFO()) return "it is a pipe, not a regular file";
  return `it is a ${stats.isSocket() ? "socket" : "device"}, not a regular file`;
}

function tooLarge(size: number, limit: number): Error {
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
  const kind = limit === TEXT_LIMIT ? "a text" : "a file";
  return new Error(`it has ${mb(size)}, and ${kind} of more than ${mb(limit)} cannot be read`);
}

/**
 * Makes a function that throws OutsideProject for a path outside the project of `filename`; symbolic links are
 * resolved first. The project is the repository, which is the folder with `.git`; else the nearest folder with a
 * package.json; else the file's own folder.
 */
export function projectOf(filename: string): (path: string) => void {
  let root: string | undefined;
  return (path) => {
    const paths = builtin().path;
    root ??= rootOf(real(paths.dirname(paths.resolve(filename))));
    const way = paths.relative(root, real(paths.resolve(path)));
    if (way === ".." || way.startsWith(`..${paths.sep}`) || paths.isAbsolute(way))
      throw new OutsideProject(root);
  };
}

function rootOf(folder: string): string {
  const { fs, path } = builtin();
  const folders = [folder];
  for (let at = folder; path.dirname(at) !== at; at = path.dirname(at)) folders.push(path.dirname(at));
  const holds = (name: string): string | undefined =>
    folders.find((one) => fs.existsSync(path.join(one, name)));
  return holds(".git") ?? holds("package.json") ?? folder;
}

/**
 * The real path. For a file that does not exist, it is the path where it would be created, so that a text cannot
 * find out which files exist elsewhere.
 */
function real(path: string): string {
  const { fs, path: paths } = builtin();
  try {
    return fs.realpathSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if ((code !== "ENOENT" && code !== "ENOTDIR") || paths.dirname(path) === path) throw cause;
    return paths.join(real(paths.dirname(path)), paths.basename(path));
  }
}

/**
 * Decodes bytes as UTF-8, without the byte order mark. Throws an Error that says what the bytes are instead:
 * characters that were guessed would be lost when the text is written back.
 */
export function decoded(bytes: Uint8Array): string {
  if (bytes.length > TEXT_LIMIT) throw tooLarge(bytes.length, TEXT_LIMIT);
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Two ASCII letters, each followed by a zero byte, are UTF-16 without a mark.
  const isUnmarked = first !== 0 && second === 0 && bytes[2] !== 0 && bytes[3] === 0;
  if (isWide || isUnmarked) throw new Error("it is UTF-16: save it as UTF-8");
  if (bytes.subarray(0, 8000).includes(0)) throw new Error("it is a binary file, not a text");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8: save it as UTF-8");
  }
}

/** Makes a reader that returns texts, as imports need them. */
export function textReader(read: (path: string) => string | Uint8Array): (path: string) => string {
  return (path) => {
    const content = read(path);
    return typeof content === "string" ? content : decoded(content);
  };
}
