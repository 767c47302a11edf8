/** The parts of a module that take weights: the bytes of a safetensors file, or tensors by name. */
import { bfloat16Text, float16Text } from "./widen-halves.ts";
import { quoted } from "../js/print-kernel.ts";
import { base64Literal, decoding } from "./base64.ts";
import { arrayType } from "./bind-sizes.ts";
import { arrayOf, type Needs } from "./needs.ts";
import { readingParts, readingNames, tests } from "./reading.ts";
import { bytesPerElement, isNarrow, type HeldDtype, type NarrowDtype } from "../../ir/dtype.ts";

/** The names that these parts define at the top level. */
export const loadingNames: readonly string[] = [...readingNames, "inside", "stateOf", "unfit"];

/**
 * The text of `stateOf`, which makes a model's state of the weights that `create` is given. Only a module whose weights
 * are outside reads files and describes in detail what is wrong with them. A module with weights inside stays small,
 * and takes other weights only by name.
 */
export function loading(needs: Needs): string[] {
  return needs.external ? [unfit, ...readingParts(needs), stateOfAny(needs)] : [unfit, stateOfRecord(needs)];
}

/** Names come from files, so characters other than printable ASCII are escaped in messages. */
const unfit = `function unfit(reason) {
  throw new TypeError("weights " + reason.replace(/[^ -~]/g, escape));
}`;

/** JS text for each dtype of a parameter. */
type Texts = { readonly [D in HeldDtype]: string };

/** An expression that tests whether the array `data` is of the dtype's kind. */
const tags: Texts = {
  f32: "/^Float/.test(data[Symbol.toStringTag])",
  i32: "/^(Big)?Int/.test(data[Symbol.toStringTag])",
  bool: "/^Uint8A/.test(data[Symbol.toStringTag])",
  f16: '(data[Symbol.toStringTag] === "Int16Array")',
  i8: '(data[Symbol.toStringTag] === "Int8Array")',
};

/** An expression that tests the same, and that each value fits the dtype. f32 and bool take any number. */
const kinds: Texts = {
  f32: tags.f32,
  i32: `${tags.i32} && data.every((v) => Number(v) === (Number(v) | 0))`,
  bool: tags.bool,
  f16: tags.f16,
  i8: tags.i8,
};

/** The property `data` with the values of `data` for the dtype: in a new array, unless they are copied later. */
function valuesText(needs: Needs): string {
  const values = {
    f32: needs.copies ? "data" : "new Float32Array(data)",
    i32: "Int32Array.from(data, Number)",
    bool: "Uint8Array.from(data, (v) => v && 1)",
    f16: needs.copies ? "data" : "new Int16Array(data)",
    i8: needs.copies ? "data" : "new Int8Array(data)",
  };
  const text = choose(values, needs);
  return text === "data" ? text : `data: ${text}`;
}

/** An expression that chooses a text by the variable `dtype`, among the dtypes of parameters. */
function choose(texts: Texts, { parameterDtypes }: Needs): string {
  const [first, ...others] = new Set(parameterDtypes);
  return others.reduce((text, dtype) => `dtype === "${dtype}" ? ${texts[dtype]} : ${text}`, texts[first!]);
}

/** The lines before the look-up of a parameter: they handle its other names, and counters that a file may lack. */
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

/** The text of `stateOf` in a module with weights inside, written to be short. */
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
    state[name] = { dtype, shape, ${valuesText(needs)} };
    delete given[name];
  }
  for (const name in given) unfit("have the unknown " + name);
  return state;
}`;
}

/**
 * The text of `stateOf` in a module with weights outside. It reports all wrong names at once, or else all wrong shapes
 * and dtypes.
 */
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
  const narrow = [...new Set(needs.parameterDtypes)].filter(isNarrow).map((dtype) => `dtype === "${dtype}"`);
  const help =
    narrow.length === 0
      ? '": convert it"'
      : `(${narrow.join(" || ")} ? ": nnc compile --weights-as writes a file that fits" : ": convert it")`;
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
    else if (!(${choose(tags, needs)})) wrong.push(got + ${help});
    else if (data.length !== count(shape)) wrong.push(\`\${name} has \${data.length} values for its shape [\${shape}]\`);
    ${integers}else state[name] = { dtype, shape, ${valuesText(needs)} };
  }
  const unknown = Object.keys(given);
  if (lacking.length + unknown.length > 0) misnamed(lacking, unknown);
  if (wrong.length > 0) unfit("do not fit: " + some(wrong));
  return state;
}`;
}

/** The values of all parameters, one after the other: a few as literals, many as base64 of four bytes each, or two. */
export type Carried =
  | { readonly literals: readonly string[] }
  | {
      readonly base64: string;
      /** If set, floats have 16 bits, except in the parameters listed in `whole`. */
      readonly halves?: { readonly floats: "f16" | "bf16"; readonly whole: readonly string[] };
    };

/** The most characters of literals in a line. */
const MAX_LINE_CHARACTERS = 120;

type InsideNeeds = Pick<Needs, "dtypes" | "parameterDtypes">;

/** The text of `inside`, which returns the weights that a module carries. */
export function inside(weights: Carried, needs: InsideNeeds): string {
  return "base64" in weights ? insideBytes(weights, needs) : insideNumbers(weights.literals);
}

function insideNumbers(literals: readonly string[]): string {
  const lines: string[] = [];
  for (const text of literals) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < MAX_LINE_CHARACTERS)
      lines.push(`${lines.pop()}, ${text}`);
    else lines.push(text);
  }
  return `function inside() {
  const values = [${lines.join(",\n    ")}];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}`;
}

/** The text of `inside` for base64. */
function insideBytes(
  { base64, halves }: Extract<Carried, { readonly base64: string }>,
  needs: InsideNeeds,
): string {
  const own = arrayOf(needs, "dtype");
  const dtypes = new Set(needs.parameterDtypes);
  const isApart = halves !== undefined || [...dtypes].some(isNarrow);
  const values = isApart ? "buffer" : "bytes.buffer, at, count(shape)";
  // Truth values are carried as i32.
  const words = dtypes.has("bool")
    ? `dtype === "bool" ? ${arrayType("bool")}.from(new Int32Array(${values})) : new ${own}(${values})`
    : `new ${own}(${values})`;
  const loop = isApart
    ? apartLoop(halves, words, [...dtypes].filter(isNarrow))
    : `tensors[name] = { shape, data: ${words} };
    at += 4 * count(shape);`;
  return `function inside() {
  const text = ${base64Literal(base64)};
  ${decoding}
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    ${loop}
  }
  return tensors;
}`;
}

/** The lines that take a tensor whose place is a whole number of bytes, and not always one of words. */
function apartLoop(
  halves: Extract<Carried, { readonly base64: string }>["halves"],
  words: string,
  narrow: readonly NarrowDtype[],
): string {
  const isNarrowed = narrow.map((dtype) => `dtype === "${dtype}" ? ${bytesPerElement(dtype)} : `).join("");
  if (!halves)
    return `const end = at + (${isNarrowed}4) * count(shape);
    const { buffer } = bytes.slice(at, end);
    tensors[name] = { shape, data: ${words} };
    at = end;`;
  const { floats, whole } = halves;
  const but = whole.length > 0 ? ` && ![${whole.map(quoted).join(", ")}].includes(name)` : "";
  const half = floats === "f16" ? float16Text("buffer") : bfloat16Text("buffer");
  return `const isHalf = dtype === "f32"${but};
    const end = at + (${isNarrowed}isHalf ? 2 : 4) * count(shape);
    const { buffer } = bytes.slice(at, end);
    const data = isHalf ? ${half} : ${words};
    tensors[name] = { shape, data };
    at = end;`;
}
