/** The parts of a module that take weights: the bytes of a safetensors file, or tensors by name. */
import { fromBfloat16, fromFloat16 } from "./halves.ts";
import { quoted } from "./js.ts";
import { arrayType } from "./bind.ts";
import { arrayOf, type Needs } from "./needs.ts";
import { reading, readingNames, tests } from "./reading.ts";
import { bytesPerElement, type LanguageDtype } from "../ir/dtype.ts";

/** Names that these parts define at the top level. */
export const loadingNames: readonly string[] = [...readingNames, "inside", "stateOf", "unfit"];

/**
 * `stateOf`, which makes the state of a model of the weights that `create` is given. Only a module whose weights are
 * outside reads files, and says at length what is wrong with them: one with weights inside is small, and takes others by
 * name.
 */
export function loading(needs: Needs): string[] {
  return needs.external ? [unfit, ...reading(needs), stateOfAny(needs)] : [unfit, stateOfRecord(needs)];
}

/** Names come from files: what is no plain letter in them is shown by its code. */
const unfit = `function unfit(reason) {
  throw new TypeError("weights " + reason.replace(/[^ -~]/g, escape));
}`;

/** Per dtype of a parameter, JS text. */
type Texts = { readonly [D in LanguageDtype]: string };

/** An expression: that the array `data` is of its kind. */
const tags: Texts = {
  f32: "/^Float/.test(data[Symbol.toStringTag])",
  i32: "/^(Big)?Int/.test(data[Symbol.toStringTag])",
  bool: "/^Uint8A/.test(data[Symbol.toStringTag])",
};

/** An expression: the same, and that each of its values fits. Floats take any number, and so do truth values. */
const kinds: Texts = {
  f32: tags.f32,
  i32: `${tags.i32} && data.every((v) => Number(v) === (Number(v) | 0))`,
  bool: tags.bool,
};

/** An expression: a copy of `data` in its array. */
const copies: Texts = {
  f32: "new Float32Array(data)",
  i32: "Int32Array.from(data, Number)",
  bool: "Uint8Array.from(data, (v) => v && 1)",
};

/** By the dtype at hand, among those that parameters have. */
function choose(texts: Texts, { parameterDtypes }: Needs): string {
  const [first, ...others] = new Set(parameterDtypes);
  return others.reduce((text, dtype) => `dtype === "${dtype}" ? ${texts[dtype]} : ${text}`, texts[first!]);
}

/** What comes before a parameter is looked for: its other names, and what a file may lack. */
function prelude({ aliases, counters }: Needs): string[] {
  return [
    `const { name, dtype, shape${aliases ? ", aliases = []" : ""} } = port;`,
    ...(aliases
      ? ["for (const other of aliases) {", "  given[name] ??= given[other];", "  delete given[other];", "}"]
      : []),
    ...(counters === undefined
      ? []
      : [`if (${counters} && !given[name]) given[name] = { shape, data: [0] };`]),
  ];
}

/** In few bytes. */
function stateOfRecord(needs: Needs): string {
  return `function stateOf(weights) {
  if (weights?.byteLength >= 0) unfit("are inside: see nnc compile --external");
  const given = { __proto__: null, ...weights };
  const state = { __proto__: null };
  for (const port of parameters) {
    ${prelude(needs).join("\n    ")}
    const one = given[name] ?? unfit(\`lack \${name} in \${{}.toString.call(weights)} [\${Object.keys(given).slice(0, 4)}]\`);
    const value = tensor(port, one.data);
    const data = value?.data ?? value;
    if (one.shape + "" != shape || data?.length !== count(shape) || !(${choose(kinds, needs)})) refuse(port, \`\${data?.[Symbol.toStringTag]} of shape [\${one.shape}]\`);
    state[name] = { dtype, shape, data: ${choose(copies, needs)} };
    delete given[name];
  }
  for (const name in given) unfit("have the unknown " + name);
  return state;
}`;
}

/** All that is wrong with names, else with shapes and dtypes, is said at once. */
function stateOfAny(needs: Needs): string {
  const scalar = needs.parameterShapes.some((shape) => shape.length === 0);
  const shape = scalar ? '(shape.length ? one.shape : String(one.shape).replace(/^1$/, ""))' : "one.shape";
  const integers = [...new Set(needs.parameterDtypes)]
    .flatMap((dtype) => {
      const test = tests[dtype]?.name;
      return test === undefined
        ? []
        : `else if (dtype === "${dtype}" && !data.every(${test})) wrong.push(\`\${name} holds \${[].find.call(data, (v) => !${test}(v))}, which is no ${dtype}\`);\n    `;
    })
    .join("");
  return `function stateOf(options) {
  const given = { __proto__: null, ...tensorsOf(options) };
  const state = { __proto__: null };
  const lacking = [];
  const wrong = [];
  for (const port of parameters) {
    ${prelude(needs).join("\n    ")}
    const one = given[name];
    delete given[name];
    if (one == null) {
      lacking.push(name);
      continue;
    }
    if (one.data === undefined && !one.dtype) {
      wrong.push(\`\${name} must be { shape, data }, not \${kindOf(one)}\`);
      continue;
    }
    const value = tensor(port, one.data) ?? [];
    const data = value.data ?? value;
    const got = \`\${name} is \${one.dtype ?? kindOf(data)}[\${one.shape}], where the net has \${dtype}[\${shape}]\`;
    if (${shape} + "" != shape) wrong.push(got + (shape.length > 1 && [].concat(one.shape).reverse() + "" == shape ? ", its transpose" : ""));
    else if (!(${choose(tags, needs)})) wrong.push(got + ": convert it");
    else if (data.length !== count(shape)) wrong.push(\`\${name} has \${data.length} values for its shape [\${shape}]\`);
    ${integers}else state[name] = { dtype, shape, data: ${choose(copies, needs)} };
  }
  const unknown = Object.keys(given);
  if (lacking.length + unknown.length > 0) misnamed(lacking, unknown);
  if (wrong.length > 0) unfit("do not fit: " + some(wrong));
  return state;
}`;
}

/** The values of all parameters, one after the other: few as literals, many as base64 of four bytes each, or of two. */
export type Carried =
  | { readonly literals: readonly string[] }
  | {
      readonly base64: string;
      /** Floats have 16 bits, but for those of the parameters that are `whole`. */
      readonly halves?: { readonly floats: "f16" | "bf16"; readonly whole: readonly string[] };
    };

/** Of base64 in a line. A string literal goes on behind a backslash at the end of a line, which adds nothing to it. */
const CHARACTERS = 120;
const CONTINUED = "\\\n";

/** The weights that a module carries. */
export function inside(weights: Carried, needs: Pick<Needs, "dtypes" | "parameterDtypes">): string {
  return "base64" in weights ? insideBytes(weights, needs) : insideNumbers(weights.literals);
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
function insideBytes(
  { base64, halves }: Extract<Carried, { readonly base64: string }>,
  needs: Pick<Needs, "dtypes" | "parameterDtypes">,
): string {
  const text = base64.replaceAll("=", "");
  const lines = Array.from({ length: Math.ceil(text.length / CHARACTERS) }, (_, i) =>
    text.slice(i * CHARACTERS, (i + 1) * CHARACTERS),
  );
  const own = arrayOf(needs, "dtype");
  const values = halves ? "buffer" : "bytes.buffer, at, count(shape)";
  // Elements of fewer bytes than a word are carried as i32.
  const narrow = [...new Set(needs.parameterDtypes)].filter((dtype) => bytesPerElement(dtype) < 4);
  const words = narrow.reduce(
    (text, dtype) => `dtype === "${dtype}" ? ${arrayType(dtype)}.from(new Int32Array(${values})) : ${text}`,
    `new ${own}(${values})`,
  );
  const loop = halves ? halvesLoop(halves, words) : `tensors[name] = { shape, data: ${words} };
    at += 4 * count(shape);`; // prettier-ignore
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
    ${loop}
  }
  return tensors;
}`;
}

function halvesLoop(
  { floats, whole }: { floats: "f16" | "bf16"; whole: readonly string[] },
  words: string,
): string {
  const but = whole.length > 0 ? ` && ![${whole.map(quoted).join(", ")}].includes(name)` : "";
  const half = floats === "f16" ? fromFloat16("buffer") : fromBfloat16("buffer");
  return `const isHalf = dtype === "f32"${but};
    const end = at + (isHalf ? 2 : 4) * count(shape);
    const { buffer } = bytes.slice(at, end);
    const data = isHalf ? ${half} : ${words};
    tensors[name] = { shape, data };
    at = end;`;
}
