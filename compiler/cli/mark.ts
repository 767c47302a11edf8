/**
 * The mark by which nnc recognises a file that it wrote: the file's name and a digest, in the comment at its
 * start or in the metadata of its weights. A copy under another name does not have a valid mark, nor does a file
 * that was changed by hand.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { decoded } from "../drive/source-files.ts";
import { customSection } from "../emit/wasm/custom-section.ts";
import { version } from "../../runtime/version.ts";

/** The kind of an output. A file is replaced only by an output of its own kind. */
export type Kind = "module" | "drawing" | "wat" | "wasm" | "weights";

/** The kinds that are texts. */
type TextKind = Exclude<Kind, "wasm" | "weights">;

/** The characters that begin a comment. It ends with its line, except in SVG, where it has an end mark. */
export type CommentMarks = "//" | "%%" | "#" | "<!--";

const starts: Readonly<Record<TextKind, RegExp>> = {
  module: /^\/\/ nnc \d\S*: /,
  drawing: /^(?:\/\/|%%|#|<!--) nnc \d\S* graph: /,
  wat: /^;; nnc \d\S* kernels: /,
};

/** The text before the mark: `// nnc 0.1.0: net.nn, sha256 bebc5980 -> net.js 1f2e3d4c`. */
const ARROW = " -> ";

/** Marks a module or its declarations: the comment that names their source names the file as well. */
export function markModule(text: string, path: string): string {
  return marked(text, path, "module");
}

/** Marks a drawing of the net in `source`. */
export function markDrawing(text: string, path: string, comment: CommentMarks, source: string): string {
  const line = `${comment} nnc ${version} graph: ${plain(source)}${endOf(comment)}\n`;
  // The declaration of XML must come first.
  const at = text.startsWith("<?xml") ? text.indexOf("\n") + 1 : 0;
  return marked(text.slice(0, at) + line + text.slice(at), path, "drawing");
}

/** Marks the kernels of the net in `source`, in the text format of WebAssembly. */
export function markWat(text: string, path: string, source: string): string {
  return marked(`;; nnc ${version} kernels: ${plain(source)}\n${text}`, path, "wat");
}

function marked(text: string, path: string, kind: TextKind): string {
  const header = headerOf(text, kind);
  if (!header) throw new Error(`${path} has no header`);
  const { start, body } = header;
  const at = start + body.length;
  return `${text.slice(0, at)}${ARROW}${plain(path)} ${digestOf(text)}${text.slice(at)}`;
}

/** The reason why a file is not an earlier output of this kind and name; undefined if it is one. */
export function foreign(bytes: Uint8Array, path: string, kind: Kind): string | undefined {
  if (kind === "weights") return foreignWeights(bytes, path);
  return kind === "wasm" ? foreignWasm(bytes, path) : foreignText(bytes, path, kind);
}

const NOT_OURS = "is there already, and nnc did not write it";

function foreignText(bytes: Uint8Array, path: string, kind: TextKind): string | undefined {
  let text: string;
  try {
    text = decoded(bytes);
  } catch {
    return NOT_OURS;
  }
  const header = headerOf(text, kind);
  if (!header) return NOT_OURS;
  const { start, body } = header;
  const at = body.lastIndexOf(ARROW);
  const [, name, digest] = /^(.+) ([0-9a-f]{8})$/s.exec(at < 0 ? "" : body.slice(at + ARROW.length)) ?? [];
  // Earlier versions wrote modules without a mark, and `emit` still does.
  if (name === undefined) return undefined;
  const rest = text.slice(0, start + at) + text.slice(start + body.length);
  return judged(name, plain(path), digestOf(rest) === digest);
}

function judged(name: string, wanted: string, isUnchanged: boolean): string | undefined {
  if (!isUnchanged) return "was changed since nnc wrote it";
  return name === wanted ? undefined : `was written by nnc as ${name}, and copied or renamed since`;
}

interface Header {
  readonly start: number;
  /** The comment without the characters that end it. */
  readonly body: string;
}

/** The comment that is the first line, or the second line of an XML file. */
function headerOf(text: string, kind: TextKind): Header | undefined {
  const start = text.startsWith("<?xml") ? text.indexOf("\n") + 1 : 0;
  const line = /.*/.exec(text.slice(start, start + 4096))![0];
  const [comment] = starts[kind].exec(line) ?? [];
  if (comment === undefined) return undefined;
  const end = endOf(comment.startsWith("<!--") ? "<!--" : "//");
  return line.endsWith(end) ? { start, body: line.slice(0, line.length - end.length) } : undefined;
}

function endOf(comment: CommentMarks): string {
  return comment === "<!--" ? " -->" : "";
}

/** The name on one line, without characters that would end a comment (in XML too) and without an arrow. */
function plain(path: string): string {
  return basename(path)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(/-(?=[->])/g, "- ");
}

/** The digest of a text. It does not change if Git or an editor changes line ends or indentation. */
function digestOf(text: string): string {
  return createHash("sha256").update(text.replaceAll(/\s+/g, "")).digest("hex").slice(0, 8);
}

/** Marks weights in a safetensors file: `nnc.file` in its metadata is the name under which it was written. */
export function markWeights(bytes: Uint8Array, path: string): Uint8Array {
  const { text, header, data } = partsOf(bytes)!;
  const file = `"nnc.file":${JSON.stringify(`${plain(path)} ${digestOfWeights(header, data)}`)}`;
  // nnc writes the metadata before the tensors.
  const [start, end] = header.__metadata__ ? ['{"__metadata__":{', ","] : ["{", text === "{}" ? "}" : "},"];
  const own = header.__metadata__ ? file : `"__metadata__":{${file}`;
  const encoded = new TextEncoder().encode(start + own + end + text.slice(start.length));
  // The header is padded with spaces, so that all tensors stay aligned.
  const length = Math.ceil(encoded.length / 8) * 8;
  const whole = new Uint8Array(8 + length + data.length).fill(0x20, 8, 8 + length);
  new DataView(whole.buffer).setBigUint64(0, BigInt(length), true);
  whole.set(encoded, 8);
  whole.set(data, 8 + length);
  return whole;
}

/** The same for weights. Weights without a mark, but with the number of a compilation, were made by `emit`. */
function foreignWeights(bytes: Uint8Array, path: string): string | undefined {
  const parts = partsOf(bytes);
  const { "nnc.file": file, nnc: compilation } = parts?.header.__metadata__ ?? {};
  const [, name, digest] = /^(.+) ([0-9a-f]{8})$/s.exec(String(file)) ?? [];
  if (!parts || name === undefined) return typeof compilation === "string" ? undefined : NOT_OURS;
  delete parts.header.__metadata__!["nnc.file"];
  if (Object.keys(parts.header.__metadata__!).length === 0) delete parts.header.__metadata__;
  return judged(name, plain(path), digestOfWeights(parts.header, parts.data) === digest);
}

interface Parts {
  readonly text: string;
  readonly header: { __metadata__?: Record<string, unknown> | null };
  readonly data: Uint8Array;
}

/** The parts of a safetensors file that concern its mark; undefined for any other file. */
function partsOf(bytes: Uint8Array): Parts | undefined {
  if (bytes.length < 8) return undefined;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (8 + length > bytes.length) return undefined;
  try {
    const text = decoded(bytes.subarray(8, 8 + length)).trimEnd();
    const header = JSON.parse(text) as Parts["header"] | null;
    return header !== null && typeof header === "object"
      ? { text, header, data: bytes.subarray(8 + length) }
      : undefined;
  } catch {
    return undefined;
  }
}

function digestOfWeights(header: object, data: Uint8Array): string {
  return createHash("sha256").update(JSON.stringify(header)).update(data).digest("hex").slice(0, 8);
}

/** The bytes before the first section of a binary of WebAssembly. */
const WASM_START = 8;

/** The custom section of a mark: a byte each for its number, its length and the length of its name, then its name and content. */
const WASM_MARK = /^[^]{3}nnc\.file(.+) ([0-9a-f]{8})$/s;

/** Marks kernels in WebAssembly: a custom section in front is the name under which they were written. */
export function markWasm(bytes: Uint8Array, path: string): Uint8Array {
  const section = customSection("nnc.file", `${shortened(path)} ${digestOfBytes(bytes)}`);
  return Uint8Array.from([...bytes.subarray(0, WASM_START), ...section, ...bytes.subarray(WASM_START)]);
}

/** The same for kernels. Without a mark, but with what identifies a compilation at their end, they were made by `emit`. */
function foreignWasm(bytes: Uint8Array, path: string): string | undefined {
  const end = WASM_START + 2 + bytes[WASM_START + 1]!;
  const [, name, digest] = WASM_MARK.exec(new TextDecoder().decode(bytes.subarray(WASM_START, end))) ?? [];
  if (name === undefined)
    return /nnc[0-9a-f]{16}$/.test(Buffer.from(bytes.subarray(-20)).toString("latin1"))
      ? undefined
      : NOT_OURS;
  const unmarked = Uint8Array.from([...bytes.subarray(0, WASM_START), ...bytes.subarray(end)]);
  return judged(name, shortened(path), digestOfBytes(unmarked) === digest);
}

/** The name, cut short so that the length of the section is one byte. */
function shortened(path: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(plain(path)).subarray(0, 90));
}

function digestOfBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 8);
}
