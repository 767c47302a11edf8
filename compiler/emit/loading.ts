/** The parts of a module that take weights: bytes of a safetensors file, or tensors by name. */
import { arrayOf, type Needs } from "./needs.ts";

/** Names that these parts define at the top level. */
export const loadingNames: readonly string[] = [
  "bytesOf", "compiled", "header", "inside", "isRecord", "isSizes", "load", "parse", "unfit",
]; // prettier-ignore

/**
 * The functions by which `create` takes weights. Only a module whose weights are outside reads files, as strictly as
 * `loadSafetensors`: one with weights inside is small, and takes others by name.
 */
export function loading(needs: Needs): string[] {
  return [unfit, ...(needs.external ? [header(), parse(needs)] : []), load(needs)];
}

/** Names come from files: what is no plain letter in them is shown by its code. */
const unfit = `function unfit(reason) {
  throw new TypeError("weights " + reason.replace(/[^ -~]/g, escape));
}`;

/** A header's text. In any engine: decodeURIComponent is the language's own reader of UTF-8. */
const TEXT = `decodeURIComponent(bytes.subarray(8, start).reduce((text, byte) => text + "%" + (256 + byte).toString(16).slice(1), ""))`;

/** Where the data start. Eight bytes, the lowest first. */
const START = "8 + bytes.subarray(0, 8).reduceRight((length, byte) => 256 * length + byte, 0)";

/** The typed arrays of the file's dtypes that the parameters may have. */
function fileTypes({ parameterDtypes }: Needs): string[] {
  return [
    ...(parameterDtypes.includes("f32") ? ["F32: Float32Array"] : []),
    ...(parameterDtypes.includes("i32") ? ["I32: Int32Array", "I64: globalThis.BigInt64Array"] : []),
    ...(parameterDtypes.includes("bool") ? ["BOOL: Uint8Array"] : []),
  ];
}

function header(): string {
  const other =
    "belong to another compile: compile the net again, or take the .safetensors file that was written with this module";
  return `function isRecord(value) {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function isSizes(value) {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function bytesOf(weights) {
  return weights?.byteLength >= 0 ? new Uint8Array(weights.buffer ?? weights, weights.byteOffset, weights.byteLength) : undefined;
}

function header(bytes) {
  const start = ${START};
  if (bytes.length < 8 || start > bytes.length) unfit(\`are no safetensors file, or one that is cut off: the header ends at byte \${start}, the file at \${bytes.length}\`);
  let text = "";
  let tensors;
  let keys = 0;
  try {
    text = ${TEXT};
    tensors = JSON.parse(text, function (_, value) {
      if (!Array.isArray(this)) keys++;
      return value;
    });
  } catch {
    unfit("have a header that is not JSON in UTF-8");
  }
  // The text without its strings shows how numbers are written, and how often names are.
  let names = 1;
  const bare = text.replace(/"(?:[^"\\\\]|\\\\.)*"(\\s*:)?/g, (_, colon = "") => {
    if (colon) names++;
    return colon;
  });
  if (names !== keys) unfit("have a name twice");
  if (/[[,]\\s*(-|\\d+[.eE])/.test(bare)) unfit("have sizes or offsets that are not whole numbers");
  if (!isRecord(tensors)) unfit("have a header that is not a record");
  const metadata = tensors.__metadata__ ?? {};
  delete tensors.__metadata__;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) unfit("have metadata that are not texts");
  if ((metadata.nnc ?? compiled) !== compiled) unfit("${other}");
  return { start, tensors, metadata };
}`;
}

function parse(needs: Needs): string {
  return `function parse(bytes) {
  const { start, tensors } = header(bytes);
  const entries = Object.entries(tensors);
  for (const [name, entry] of entries) if (!isRecord(entry) || !isSizes(entry.shape) || !isSizes(entry.data_offsets) || entry.data_offsets.length !== 2) unfit(\`have \${name} without a dtype, a shape and two offsets\`);
  entries.sort(([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1]);
  let at = 0;
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of entries) {
    const types = { __proto__: null, ${fileTypes(needs).join(", ")} };
    const Type = types[dtype] ?? unfit(\`have \${name} as \${dtype}, but \${Object.keys(types).join(", ")} can be read: convert it\`);
    if (from !== at || to < from) unfit(\`have \${name} at bytes \${from} to \${to}, where byte \${at} comes next\`);
    if (to - from !== Type.BYTES_PER_ELEMENT * count(shape)) unfit(\`have \${to - from} bytes for \${name}, which is \${dtype}[\${shape.join(", ")}]\`);
    tensors[name] = { shape, data: new Type(bytes.slice(start + from, start + to).buffer) };
    at = to;
  }
  if (start + at !== bytes.length) unfit(\`take \${at} bytes by their header, but the file has \${bytes.length - start}: it is cut off, or more than a safetensors file\`);
  return tensors;
}`;
}

function load(needs: Needs): string {
  const { aliases, counters, external } = needs;
  const bytes = external
    ? [
        '  if (!weights || typeof weights !== "object") unfit("are wanted: create({ weights }) takes the bytes of a safetensors file, or tensors by name");',
        "  const bytes = bytesOf(weights);",
        "  const given = { __proto__: null, ...(bytes ? parse(bytes) : weights) };",
      ]
    : [
        `  if (weights.byteLength >= 0) unfit("are inside: use nnc compile --external for files");`,
        "  const given = { __proto__: null, ...weights };",
      ];
  const kinds: Record<string, string> = {
    f32: "/^Float[36]/.test(data[Symbol.toStringTag])",
    i32: "/^(Big)?Int/.test(data[Symbol.toStringTag]) && data.every((v) => Number(v) === (Number(v) | 0))",
    bool: "/^Uint8A/.test(data[Symbol.toStringTag])",
  };
  const values: Record<string, string> = {
    f32: "new Float32Array(data)",
    i32: "Int32Array.from(data, Number)",
    bool: "Uint8Array.from(data, (v) => v && 1)",
  };
  const dtypes = [...new Set(needs.parameterDtypes)];
  const choose = (texts: Record<string, string>): string =>
    dtypes
      .slice(1)
      .reduce((text, dtype) => `dtype === "${dtype}" ? ${texts[dtype]} : ${text}`, texts[dtypes[0]!]!);
  const lines = [
    "function load(weights) {",
    ...bytes,
    "  const state = { __proto__: null };",
    "  for (const port of parameters) {",
    `    const { name, dtype, shape${aliases ? ", aliases = []" : ""} } = port;`,
    ...(aliases
      ? [
          "    for (const other of aliases) {",
          "      given[name] ??= given[other];",
          "      delete given[other];",
          "    }",
        ]
      : []),
    ...(counters === undefined
      ? []
      : [`    if (${counters} && !given[name]) given[name] = { shape, data: [0] };`]),
    "    const one = given[name];",
    "    const value = tensor(port, one?.data ?? unfit(`lack ${name} [${shape}]`));",
    "    const data = value.data ?? value;",
    `    if (one.shape + "" != shape || data.length !== count(shape) || !(${choose(kinds)})) refuse(port, data, one.shape);`,
    `    state[name] = { dtype, shape, data: ${choose(values)} };`,
    "    delete given[name];",
    "  }",
    "  for (const name in given) unfit(`have the unknown ${name}`);",
    "  return state;",
    "}",
  ];
  return lines.join("\n");
}

/** The values of all parameters, one after the other: few as literals, many as base64 of four bytes each. */
export type Carried = readonly string[] | string;

/** Of base64 in a line. A string literal goes on behind a backslash at the end of a line, which adds nothing to it. */
const CHARACTERS = 120;
const CONTINUED = "\\\n";

/** The weights that a module carries. */
export function inside(weights: Carried, needs: Pick<Needs, "dtypes" | "parameterDtypes">): string {
  return typeof weights === "string" ? insideBytes(weights, needs) : insideNumbers(weights);
}

function insideNumbers(literals: readonly string[]): string {
  const lines: string[] = [];
  for (const text of literals) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < CHARACTERS) lines.push(`${lines.pop()}, ${text}`);
    else lines.push(text);
  }
  return `function inside() {
  const values = [${lines.join(",\n    ")}];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}`;
}

/** It reads base64 itself: `atob` is the web's, and not in every thread of it. */
function insideBytes(base64: string, needs: Pick<Needs, "dtypes" | "parameterDtypes">): string {
  const lines = base64.replace(/=+$/, "").match(new RegExp(`.{1,${CHARACTERS}}`, "g")) ?? [];
  const own = arrayOf(needs, "dtype");
  const values = "bytes.buffer, at, count(shape)";
  const data = needs.parameterDtypes.includes("bool")
    ? `dtype === "bool" ? Uint8Array.from(new Int32Array(${values})) : new ${own}(${values})`
    : `new ${own}(${values})`;
  return `function inside() {
  const text = "${CONTINUED}${lines.join(CONTINUED)}";
  const bytes = new Uint8Array(text.length * 3 >> 2);
  for (let i = 0, bits = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    bits = bits << 6 | c + (c > 96 ? -71 : c > 64 ? -65 : c > 47 ? 4 : c > 43 ? 16 : 19);
    bytes[i * 3 >> 2] = bits >> 6 - i % 4 * 2;
  }
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: ${data} };
    at += 4 * count(shape);
  }
  return tensors;
}`;
}
