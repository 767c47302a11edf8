/** The parts of a module that take weights: bytes of a safetensors file, or tensors by name. */
import { arrayOf, type Needs } from "./needs.ts";

/** Names that these parts define at the top level. */
export const loadingNames: readonly string[] = [
  "bytesOf", "compiled", "header", "inside", "isRecord", "isSizes", "load", "parse", "unfit",
]; // prettier-ignore

/**
 * The functions by which `create` takes weights. A module whose weights are outside reads files as strictly as
 * `loadSafetensors` and gives each reason; one with weights inside, which is small, sees that every byte belongs to one
 * tensor and says less.
 */
export function loading(needs: Needs): string[] {
  const parts = needs.external ? [header(), parseStrictly(needs)] : [parse(needs)];
  return [unfit, ...parts, load(needs)];
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
    ...(parameterDtypes.includes("i32") ? ["I32: Int32Array", "I64: BigInt64Array"] : []),
    ...(parameterDtypes.includes("bool") ? ["BOOL: Uint8Array"] : []),
  ];
}

/**
 * Each tensor must lie where the one before it ends. What is read of a header are the names of parameters, so where they
 * are ASCII its bytes are taken for characters.
 */
function parse(needs: Needs): string {
  const types = fileTypes(needs);
  const text = needs.isAscii
    ? 'bytes.subarray(8, start).reduce((text, byte) => text + String.fromCharCode(byte), "")'
    : TEXT;
  const only = types.length === 1 ? types[0]!.split(": ") : undefined;
  const Type = only?.[1] ?? "Type";
  const line = only ? "" : `    const Type = { ${types.join(", ")} }[dtype] ?? Int8Array;\n`;
  const wanted = only ? `\`${only[0]} at ` : "`${dtype} at ";
  const bytes = only ? "4" : "Type.BYTES_PER_ELEMENT";
  const empty = needs.hasEmpty ? " || tensors[a].data_offsets[0] - tensors[b].data_offsets[0]" : "";
  return `function parse(bytes) {
  const start = ${START};
  let tensors;
  let at = start;
  try {
    tensors = JSON.parse(${text});
  } catch {
    unfit("are no safetensors file");
  }
  delete tensors.__metadata__;
  for (const name of Object.keys(tensors).sort((a, b) => tensors[a].data_offsets[1] - tensors[b].data_offsets[1]${empty})) {
    const { dtype, shape, data_offsets } = tensors[name];
${line}    const from = at;
    at += ${bytes} * count(shape);
    const got = \`\${dtype} at \${data_offsets}\`;
    const wanted = ${wanted}\${from - start},\${at - start}\`;
    if (got !== wanted) unfit(\`have \${name} as \${got}, not \${wanted}\`);
    tensors[name] = { shape, data: new ${Type}(bytes.slice(from, at).buffer) };
  }
  if (at !== bytes.length) unfit("are cut off or too long");
  return tensors;
}`;
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

function parseStrictly(needs: Needs): string {
  return `function parse(bytes) {
  const { start, tensors } = header(bytes);
  const entries = Object.entries(tensors);
  for (const [name, entry] of entries) if (!isRecord(entry) || !isSizes(entry.shape) || !isSizes(entry.data_offsets) || entry.data_offsets.length !== 2) unfit(\`have \${name} without a dtype, a shape and two offsets\`);
  entries.sort(([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1]);
  let at = 0;
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of entries) {
    const types = { ${fileTypes(needs).join(", ")} };
    const Type = Object.hasOwn(types, dtype) ? types[dtype] : unfit(\`have \${name} as \${dtype}, but \${Object.keys(types).join(", ")} can be read: convert it\`);
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
        "  const given = { __proto__: null, ...(weights.byteLength >= 0 ? parse(new Uint8Array(weights.buffer ?? weights, weights.byteOffset, weights.byteLength)) : weights) };",
      ];
  const integers = needs.parameterDtypes.includes("i32");
  const lines = [
    "function load(weights) {",
    ...bytes,
    "  const state = { __proto__: null };",
    `  for (const { name, dtype, shape${aliases ? ", aliases = []" : ""} } of parameters) {`,
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
    "    if (String(given[name]?.shape) !== String(shape) || given[name].data.length !== count(shape)) unfit(`lack ${name} [${shape}]`);",
    integers
      ? `    state[name] = { dtype, shape, data: ${arrayOf(needs, "dtype")}.from(given[name].data, Number) };`
      : `    state[name] = { dtype, shape, data: new ${arrayOf(needs, "dtype")}(given[name].data) };`,
    "    delete given[name];",
    "  }",
    "  for (const name in given) unfit(`have the unknown ${name}`);",
    "  return state;",
    "}",
  ];
  return lines.join("\n");
}

/** The values of all parameters, one after the other, each of four bytes: the weights that a module carries. */
export function inside(base64: string, needs: Pick<Needs, "dtypes" | "parameterDtypes">): string {
  const own = arrayOf(needs, "dtype");
  const type = needs.parameterDtypes.includes("bool") ? `(dtype === "bool" ? Int32Array : ${own})` : own;
  return `function inside() {
  const { buffer } = Uint8Array.from(atob("${base64}"), (c) => c.charCodeAt());
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new ${type}(buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}`;
}
