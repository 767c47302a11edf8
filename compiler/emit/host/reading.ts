/**
 * The parts of a module with weights outside that take them: it reads safetensors files, and recognizes other things
 * that users give by mistake.
 */
import { otherKinds, OURS, TELLING } from "../../../runtime/other-files.ts";
import { bfloat16Text, float16Text } from "./widen-halves.ts";
import { quoted } from "../js/print-kernel.ts";
import type { Needs } from "./needs.ts";
import { heldDtypes, isNarrow, type HeldDtype } from "../../ir/dtype.ts";

/** The names that these parts define at the top level. */
export const readingNames: readonly string[] = [
  "bytesOf", "compiled", "file", "header", "isRecord", "isSizes", "isWhole", "kindOf", "misnamed", "otherFile", "parse", "prefixOf", "some", "tensorsOf", "valuesOf",
]; // prettier-ignore

/**
 * The texts of `tensorsOf`, which gives tensors by name, and of `misnamed`, which explains why the names are not those
 * of the net.
 */
export function readingParts(needs: Needs): string[] {
  const used = [...new Set(needs.parameterDtypes)].flatMap((dtype) => tests[dtype]?.text ?? []);
  return [
    kindOf,
    some,
    ...used,
    misnamed,
    tensorsOf,
    bytesOf,
    otherFile(),
    header,
    valuesOf(needs),
    parse(needs),
  ];
}

const kindOf = `function kindOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}`;

const some = `function some(list) {
  return list.slice(0, 5).join(", ") + (list.length > 5 ? \` and \${list.length - 5} more\` : "");
}`;

/**
 * For each dtype, a function that tests whether it can hold a value; undefined where it takes any number, rounded or as
 * a truth value.
 */
export const tests: {
  readonly [D in HeldDtype]: { readonly name: string; readonly text: string } | undefined;
} = {
  f32: undefined,
  i32: {
    name: "isWhole",
    text: `function isWhole(value) {
  return Number(value) === (Number(value) | 0);
}`,
  },
  bool: undefined,
  f16: undefined,
  i8: undefined,
};

const misnamed = `function misnamed(lacking, unknown) {
  const own = prefixOf(unknown, lacking);
  const theirs = prefixOf(lacking, unknown);
  const rename = (rule) => \`: with --rename "\${rule}" nnc compile writes a file that fits\`;
  unfit([
    ...(lacking.length > 0 ? ["lack " + some(lacking)] : []),
    ...(unknown.length > 0 ? ["have " + some(unknown) + ", which the net does not"] : []),
  ].join(", and ") + (theirs ? \`: each name begins with \${theirs}\${rename(theirs + "*=*")}\` : own ? \`: each name lacks \${own} before it\${rename(\`*=\${own}*\`)}\` : ""));
}

// What stands before each of the short names in the long ones.
function prefixOf(short, long) {
  const all = new Set(long);
  const [first] = short;
  if (first === undefined || short.length > long.length) return undefined;
  const found = long.filter((name) => name.endsWith(first)).map((name) => name.slice(0, name.length - first.length));
  return found.find((prefix) => short.every((name) => all.has(prefix + name)));
}`;

const tensorsOf = `function tensorsOf(options) {
  const weights = options?.weights;
  const kind = kindOf(weights);
  if (weights == null) {
    const keys = kindOf(options) === "Object" ? Object.keys(options).filter((key) => key !== "weights") : [];
    const given = keys.length > 0 ? \`{ \${some(keys)} }\` : kindOf(options);
    unfit(options == null || given === "Object"
      ? \`are wanted: those of this module are in \${file}; await load() reads them, create({ weights }) takes the bytes\`
      : \`are wanted in a record: create({ weights }), not create(\${given})\`);
  }
  const bytes = bytesOf(weights);
  if (bytes) return parse(bytes);
  if (typeof weights.then === "function") unfit("are a promise: create({ weights: await weights }) waits for it, and await load(weights) does");
  if (/^(String|URL|Request|Response|Blob|File)$/.test(kind)) unfit(\`are a \${kind}: await load(weights) reads it, create takes bytes or tensors by name\`);
  if (kind === "Map") unfit("are a Map: Object.fromEntries(weights) has the tensors by name");
  if (!/^(Object|Module)$/.test(kind)) unfit(\`are of the kind \${kind}: the bytes of a safetensors file are wanted, or a record of tensors by name\`);
  return weights;
}`;

/** The text of `bytesOf`, which accepts arrays and buffers of other realms, too. */
const bytesOf = `function bytesOf(weights) {
  return weights?.byteLength >= 0 ? new Uint8Array(weights.buffer ?? weights, weights.byteOffset, weights.byteLength) : undefined;
}`;

/** The text of `otherFile`, with the table and the words that the runtime's `otherFile` has. Advice that is given twice stands once. */
function otherFile(): string {
  const advice = otherKinds.map(({ asWeights }) => asWeights);
  const again = [...new Set(advice.filter((help, i) => advice.indexOf(help) < i))];
  const rows = otherKinds.map(({ pattern, what, asWeights, isText }) => {
    const help = again.includes(asWeights) ? `again[${again.indexOf(asWeights)}]` : quoted(asWeights);
    return `    [${pattern}, ${quoted(what)}, ${help}${isText ? ", true" : ""}],`;
  });
  return `function otherFile(bytes) {
  const start = String.fromCharCode(...bytes.subarray(0, ${TELLING}));
  if (${OURS}.test(start)) return undefined;
  const again = [${again.map(quoted).join(", ")}];
  const [, what, help, isText] = [
${rows.join("\n")}
  ].find(([pattern]) => pattern.test(start)) ?? [];
  const begins = isText ? \` that begins \\\`\${start.replace(/[^!-~]+/g, " ").slice(0, 60).trim()}\\\`\` : "";
  return what && \`are \${what}\${begins}; \${help}\`;
}`;
}

/** The expression for a header's text. It uses decodeURIComponent to decode UTF-8, because every engine has it. */
const TEXT = `decodeURIComponent(bytes.subarray(8, start).reduce((text, byte) => text + "%" + (256 + byte).toString(16).slice(1), ""))`;

/** The expression for the offset of the data. The header's length is in eight bytes, the lowest first. */
const START = "8 + bytes.subarray(0, 8).reduceRight((length, byte) => 256 * length + byte, 0)";

const ANOTHER =
  "belong to another compile: compile the net again, or take the .safetensors file that was written with this module";

const header = `function isRecord(value) {
  return kindOf(value) === "Object";
}

function isSizes(value) {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function header(bytes) {
  const unlike = (reason) => unfit(otherFile(bytes) ?? reason);
  const start = ${START};
  if (bytes.length === 0) unfit("are empty: there is not one byte");
  if (bytes.length < 8 || start > bytes.length) unlike(\`are no safetensors file, or one that is cut off: the header ends at byte \${start}, the file at \${bytes.length}\`);
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
    unlike("have a header that is not JSON in UTF-8");
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
  if ((metadata.nnc ?? compiled) !== compiled) unfit("${ANOTHER}");
  return { start, tensors, metadata };
}`;

interface Reader {
  /** The dtype's name in safetensors files. */
  readonly name: string;
  readonly bytes: number;
  /** JS text of a typed array with the values in the tensor's `buffer`. */
  readonly text: string;
  /** JS text of a function that this text calls. */
  readonly helper?: string;
}

/** The text of `narrowed`, which reads 64-bit integers as pairs of words, because some engines lack BigInt64Array. */
const narrowed = `
  const narrowed = (words) => words.filter((low, i) => {
    if (i % 2 === 0 && words[i + 1] !== low >> 31) unfit(\`hold \${words[i + 1] * 2 ** 32 + (low >>> 0)} in \${name}, which is no i32\`);
    return i % 2 === 0;
  });`;

/** For each dtype of a parameter, the dtypes in files that a module can read for it. */
export const readers: { readonly [D in HeldDtype]: readonly Reader[] } = {
  f32: [
    { name: "F32", bytes: 4, text: "new Float32Array(buffer)" },
    { name: "F64", bytes: 8, text: "new Float64Array(buffer)" },
    { name: "F16", bytes: 2, text: float16Text("buffer") },
    { name: "BF16", bytes: 2, text: bfloat16Text("buffer") },
  ],
  i32: [
    { name: "I32", bytes: 4, text: "new Int32Array(buffer)" },
    { name: "I64", bytes: 8, text: "narrowed(new Int32Array(buffer))", helper: narrowed },
  ],
  bool: [{ name: "BOOL", bytes: 1, text: "new Uint8Array(buffer)" }],
  f16: [{ name: "F16", bytes: 2, text: "new Int16Array(buffer)" }],
  i8: [{ name: "I8", bytes: 1, text: "new Int8Array(buffer)" }],
};

/**
 * The text of `valuesOf`. It returns undefined for a dtype that no parameter has, which its caller reports. The bytes
 * are a copy.
 */
function valuesOf({ parameterDtypes }: Needs): string {
  const used = heldDtypes.filter((dtype) => parameterDtypes.includes(dtype));
  const known = used.flatMap((dtype) => readers[dtype]);
  const texts = new Map<string, string>();
  for (const { name, text } of known) {
    // Parameters that are f16 in memory keep the bits, which others make f32 of.
    const other = texts.get(name);
    const isHalf =
      'parameters.some((port) => port.dtype === "f16" && [port.name].concat(port.aliases ?? []).includes(name))';
    texts.set(name, other === undefined ? text : `${isHalf} ? ${text} : ${other}`);
  }
  const cases = [...texts].map(([name, text]) => `case "${name}": return ${text};`);
  return `function valuesOf(name, dtype, { buffer }) {${known.map(({ helper = "" }) => helper).join("")}
  switch (dtype) {
    ${cases.join("\n    ")}
  }
}`;
}

function parse({ parameterDtypes }: Needs): string {
  const used = heldDtypes.filter((dtype) => !isNarrow(dtype) || parameterDtypes.includes(dtype));
  const known = new Map(used.flatMap((dtype) => readers[dtype].map((one) => [one.name, one])));
  const sizes = [...known.values()]
    .sort((a, b) => a.bytes - b.bytes)
    .map(({ name, bytes }) => `${name}: ${bytes}`)
    .join(", ");
  return `function parse(bytes) {
  const { start, tensors } = header(bytes);
  const sizes = { __proto__: null, ${sizes} };
  const entries = Object.entries(tensors);
  for (const [name, entry] of entries) if (!isRecord(entry) || typeof entry.dtype !== "string" || !isSizes(entry.shape) || !isSizes(entry.data_offsets) || entry.data_offsets.length !== 2) unfit(\`have \${name} without a dtype, a shape and two offsets\`);
  entries.sort(([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1]);
  let at = 0;
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of entries) {
    if (from !== at || to < from) unfit(\`have \${name} at bytes \${from} to \${to}, where byte \${at} comes next\`);
    if (sizes[dtype] && to - from !== sizes[dtype] * count(shape)) unfit(\`have \${to - from} bytes for \${name}, which is \${dtype}[\${shape.join(", ")}]\`);
    at = to;
  }
  if (start + at !== bytes.length) unfit(\`take \${at} bytes by their header, but the file has \${bytes.length - start}: it is cut off, or more than a safetensors file\`);
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of entries) tensors[name] = { dtype, shape, data: valuesOf(name, dtype, bytes.slice(start + from, start + to)) };
  return tensors;
}`;
}
