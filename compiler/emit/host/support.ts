/** The fixed parts of emitted text, which every model needs around its kernels. */
import { propertyKey, quoted } from "../js/print-kernel.ts";
import { loadNames } from "./load.ts";
import { loading, loadingNames } from "./loading.ts";
import { arrayType } from "./bind-sizes.ts";
import { arrayOf, type Needs } from "./needs.ts";
import { isFloat, languageDtypes, type Dtype, type HeldDtype, type LanguageDtype } from "../../ir/dtype.ts";

/** What a self test expects of an output. */
export interface Compared {
  /** Results of the reference evaluator at evenly spaced positions. */
  readonly wanted: readonly number[];
  /** The error that a correct engine may have. It is 0 for integers. */
  readonly within: number;
}

/** The inputs of a self test, and the outputs that it expects. */
export interface SelfTest {
  /** Concrete shapes of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  /** The integers of inputs are below this number. */
  readonly below: number;
  readonly outputs: readonly Compared[];
}

/** The names that these parts define at the top level. */
export const supportNames: readonly string[] = [
  ...loadingNames, ...loadNames, "apart", "arrays", "bits", "count", "dataOf", "fresh", "isSeen", "made", "named", "own", "portOf", "recorded", "refuse", "sameRun", "selfTest", "tensor", "times", "worst",
]; // prettier-ignore

export function functions(needs: Needs): string[] {
  const texts = [count, dataOf(needs), tensor(needs), refuse(needs), portOf(needs), fresh(needs)];
  return needs.weights ? [...texts, ...loading(needs)] : texts;
}

/**
 * The text of `count`, which returns the number of elements of a shape, or -1 if it is not a list of sizes: no array
 * has that length.
 */
const count = `const times = (n, size) => n >= 0 && size >= 0 && Number.isInteger(size) ? n * size : -1;
const count = (shape) => Array.isArray(shape) ? shape.reduce(times, 1) : -1;`;

/**
 * The text of `dataOf`, which returns the typed array of a value for a port. If the value is a tensor, its shape and
 * dtype are checked against the array. Arrays of other realms are accepted.
 */
function dataOf(needs: Needs): string {
  const type = arrayOf(needs, "port.dtype");
  const [tag, make] = needs.dtypes.length === 1 ? [`"${type}"`, type] : [`${type}.name`, `\${${type}.name}`];
  // The names that do exist are listed, unless there is just one input or output.
  const lacking = needs.single
    ? '""'
    : 'data === undefined ? `: all of ${(inputs.includes(port) ? inputs : outputs).map(({ name }) => name).join(", ")} are wanted` : ""';
  return `function dataOf(port, value) {
  const { dtype = port.dtype, shape, data = value } = value ?? {};
  const tag = data?.[Symbol.toStringTag];
  if (dtype !== port.dtype) refuse(port, dtype);
  if (tag !== ${tag}) refuse(port, (tag ?? typeof data) + (data?.map ? \`: give ${make}.from(\${port.name}, Number)\` : ${lacking}));
  if (shape && count(shape) !== data.length) refuse(port, \`\${data.length} values of shape [\${shape}]\`);
  return data;
}`;
}

/**
 * The text of `tensor`. It reads nested arrays along the shape of the first elements, no deeper than tensors are,
 * because an array may contain itself.
 */
function tensor(needs: Needs): string {
  const fits: { readonly [D in HeldDtype]: string } = {
    f32: 'typeof v === "number"',
    i32: "Number.isInteger(v) && v === (v | 0)",
    bool: 'typeof v === "boolean"',
    f16: "Number.isInteger(v)",
    i8: "Number.isInteger(v)",
  };
  const distinct = [...new Set([...needs.inputDtypes, ...needs.parameterDtypes])];
  const [first = "f32", ...others] = distinct;
  const test = others.reduce(
    (text, dtype) => `(port.dtype === "${dtype}" ? ${fits[dtype]} : ${text})`,
    fits[first],
  );
  // A value that is not a number is described by its type.
  const found = distinct.every(isFloat) ? "typeof v" : "`${v} (${typeof v})`";
  return `function tensor(port, value) {
  if (${needs.scalars ? `!(value?.flat || ${test.replaceAll(/\bv\b/g, "value")})` : "!value?.flat"}) return value;
  const shape = [];
  const data = [];
  const place = [];
  const read = (v, axis) => {
    const list = v?.flat && axis < 64;
    if (list && (shape[axis] ??= data.length ? -1 : v.length) === v.length) v.forEach((one, i) => read(one, axis + 1, place[axis] = i));
    else if (!list && ${test} && axis === shape.length) data.push(v);
    else refuse(port, \`\${list ? v.length + " values" : ${found}} at \${port.name}[\${place.slice(0, axis)}]\`);
  };
  read(value, 0);
  return { shape, data: ${arrayOf(needs, "port.dtype")}.from(data) };
}`;
}

/** The text of `refuse`, which throws the error that a value does not have a port's shape or type. */
function refuse({ batches, samples }: Needs): string {
  const text = (sizes: string): string => `\${dtype}[\${${sizes}.join(", ")}]`;
  const either = `\${unbatched ? \` or ${text("shape.slice(1)")}\` : ""}`;
  const isSample = `${batches ? "!unbatched && " : ""}given?.map && given.length === shape.length - 1 && typeof shape[0] === "string" && !given.some((n, i) => n - shape[i + 1])`;
  const sample = `  const one = ${isSample} ? \`, which is one sample: a batch of one is \${"[".repeat(shape.length)}…\${"]".repeat(shape.length)}, of shape [\${[1, ...given].join(", ")}]\` : "";
`;
  return `function refuse({ name, dtype, shape${batches ? ", unbatched" : ""} }, given, x) {
${samples ? sample : ""}  throw new TypeError(\`\${name} must be ${text("shape")}${batches ? either : ""}, not \${given?.map ? \`${text("given")}\` : given ?? \`\${x[Symbol.toStringTag]}[\${x.length}]\`}${samples ? "${one}" : ""}\`);
}`;
}

/**
 * The text of `portOf`, which returns the port of a name, and of `named`, which checks the names of a run's records
 * without making garbage.
 */
function portOf({ single }: Needs): string {
  const [ports, found, isInput, all] = single
    ? ["[port]", "if", "port === inputs[0]", "port.name"]
    : [
        "ports",
        "for (const port of ports) if",
        "ports === inputs",
        'ports.map((port) => port.name).join(", ")',
      ];
  return `function portOf(${ports}, name) {
  ${found} (port.name === name) return port;
  throw new TypeError(\`there is no \${${isInput} ? "input" : "output"} \${name}: there is \${${all}}\`);
}

function named(ports, record) {
  for (const name in record) portOf(ports, name);
  return record;
}`;
}

/** The text of `fresh`, which returns a tensor of zeros for a port. */
function fresh(needs: Needs): string {
  return `function fresh({ dtype }, shape) {
  return { dtype, shape, data: new ${arrayOf(needs, "dtype")}(count(shape)) };
}`;
}

/**
 * The text of `apart`, which throws if outputs of a run would overwrite each other. Two shared buffers may be one
 * memory: then a value written to one is read from the other.
 */
export const apart = `function apart(arrays) {
  for (let i = 1; i < arrays.length; i++) for (let j = 0; j < i; j++) {
    const a = arrays[i];
    const b = arrays[j];
    const isOne = a.buffer === b.buffer;
    if (!isOne && ([a, b].some((x) => x.buffer[Symbol.toStringTag] === "ArrayBuffer"))) continue;
    const at = Math.max(a.byteOffset, b.byteOffset);
    if (at < Math.min(a.byteOffset + a.byteLength, b.byteOffset + b.byteLength) && (isOne || isSeen(a.buffer, b.buffer, at))) throw new TypeError(\`\${outputs[j].name} and \${outputs[i].name} overlap in memory\`);
  }
}

function isSeen(a, b, at) {
  const one = new Uint8Array(a, at, 1);
  const other = new Uint8Array(b, at, 1);
  const [was, old] = [one[0], other[0]];
  one[0] = ~old;
  const seen = other[0] !== old;
  one[0] = was;
  return seen;
}`;

export const sameRun = `function sameRun(s, from, to, r, at) {
  for (let i = from; i < to; i++) if (s[i] !== r[at + i - from]) return false;
  return true;
}`;

export const bits = `const views = /* @__PURE__ */ new WeakMap();
function bits(x) {
  let view = views.get(x);
  // Memory may have grown since, and the array with it.
  if (view?.byteLength !== x.byteLength) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.byteLength / 4)));
  return view;
}`;

/**
 * The i-th value of a made-up input: a hundred different numbers between -9 and 9, with one of -30000 in each hundred,
 * which shows whether statistics keep their digits; or integers below a bound.
 */
export function selfTestValue(i: number, dtype: Dtype, below: number): number {
  return isFloat(dtype) ? 9 / (((i * 37) % 101) - 50.0003) : ((i * 37) % 101) % below;
}

/**
 * The numbers of a self test as text for a weights file. NaN and infinities are strings, because JSON has no numbers
 * for them.
 */
export function selfTestJson({ shapes, below, outputs }: SelfTest): string {
  const wanted = outputs.map((one) => `[${one.wanted.map(jsonNumber).join(",")}]`);
  const within = outputs.map((one) => one.within);
  return `{"shapes":${JSON.stringify(shapes)},"below":${below},"wanted":[${wanted.join(",")}],"within":[${within.join(",")}]}`;
}

function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/**
 * The text of `selfTest`. Without `test`, the numbers come with the weights, so that the text is the same for all
 * weights.
 */
export function selfTest(test: SelfTest | undefined, ports: SelfTestPorts): string {
  const { inputs, outputs, external, disposes, draws } = ports;
  const isNamed = disposes || draws || !test;
  const options = external ? "options" : "";
  const helpers: string[] = [];
  const made = madeInputs(test, ports, helpers);
  const argument =
    inputs.length <= 1
      ? made.join("")
      : `{ ${inputs.map((name, i) => `${propertyKey(name)}: ${made[i]}`).join(", ")} }`;
  const single = outputs.length === 1;
  const wanted = (i: number): string =>
    test ? `[${test.outputs[i]!.wanted.join(", ")}]` : `wanted[${i}].map(Number)`;
  const within = (i: number): string => (test ? scientific(test.outputs[i]!.within) : `within[${i}]`);
  // Values are compared for equality first where their difference by the error would be NaN: Infinity - Infinity is
  // NaN, and so is 0 / 0 for integers, whose error is 0.
  const exact = test?.outputs.every((one) => one.within > 0 && one.wanted.every(Number.isFinite)) !== true;
  const worst = (list: string, share: string): string => `Math.max(...${list}.map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return ${exact ? "Object.is(got, want) ? 0 : " : ""}Math.abs(got - want) / ${share};
  }))`;
  if (!single)
    helpers.push(`function worst({ data }, wanted, within) {\n  return ${worst("wanted", "within")};\n}`);
  if (!test) helpers.push(recordedText);
  const worsts = outputs.map((name, i) => `worst(y[${quoted(name)}], ${wanted(i)}, ${within(i)})`);
  const result = single ? worst(wanted(0), within(0)) : `Math.max(\n    ${worsts.join(",\n    ")},\n  )`;
  const lines = [
    ...(isNamed ? [`const model = create(${options});`] : []),
    ...(draws ? ["model.seed(0);"] : []),
    ...(test ? [] : ["const { shapes, below, wanted, within } = recorded(options.weights);"]),
    `const ${single ? "{ data }" : "y"} = ${isNamed ? "model" : `create(${options})`}(${argument});`,
    ...(disposes ? ["model.dispose();"] : []),
    `return ${result};`,
  ];
  return [`function selfTest(${options}) {\n  ${lines.join("\n  ")}\n}`, ...helpers].join("\n\n");
}

/** The text of each input's values, and, if there are several, the function that makes them. */
function madeInputs(test: SelfTest | undefined, ports: SelfTestPorts, helpers: string[]): string[] {
  const { inputDtypes } = ports;
  const [first = "f32"] = inputDtypes;
  const mixed = new Set(inputDtypes).size > 1;
  const floats = "9 / ((i * 37) % 101 - 50.0003)";
  const integers = `(i * 37) % 101 % ${test ? test.below : "below"}`;
  const isOfFloats = languageDtypes
    .filter(isFloat)
    .map((dtype) => `dtype === "${dtype}"`)
    .join(" || ");
  const value = mixed ? `${isOfFloats} ? ${floats} : ${integers}` : isFloat(first) ? floats : integers;
  const array = mixed ? arrayOf(ports, "dtype") : arrayType(first);
  const shapes = inputDtypes.map((_, i) => (test ? `[${test.shapes[i]!.join(", ")}]` : `shapes[${i}]`));
  const tensor = (shape: string, length: string): string =>
    `{ ${shape}, data: new ${array}(${length}).map((_, i) => ${value}) }`;
  if (shapes.length === 1)
    return [
      tensor(
        `shape: ${shapes[0]}`,
        test ? String(test.shapes[0]!.reduce((n, size) => n * size, 1)) : `count(${shapes[0]})`,
      ),
    ];
  const below = test || inputDtypes.every(isFloat) ? "" : ", below";
  helpers.push(
    `function made(shape${mixed ? ", dtype" : ""}${below}) {\n  return ${tensor("shape", "count(shape)")};\n}`,
  );
  return shapes.map((shape, i) => `made(${shape}${mixed ? `, "${inputDtypes[i]!}"` : ""}${below})`);
}

/** The shorter text of a number: `5e-6` for `0.000005`. */
function scientific(value: number): string {
  return value === 0 ? "0" : value.toExponential().replace("+", "");
}

/** The text of `recorded`. Weights of this compile without numbers are those of a net for which none were found. */
const recordedText = `function recorded(weights) {
  const bytes = bytesOf(weights);
  const { nnc, "nnc.selfTest": numbers } = bytes ? header(bytes).metadata : {};
  if (numbers) return JSON.parse(numbers);
  throw new TypeError(\`these weights bring no numbers to compare with: \${nnc
    ? "when the net was compiled, no input was found whose outputs could be compared"
    : "give selfTest the bytes of the .safetensors file that was written with this module"}\`);
}`;

export interface SelfTestPorts {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The dtype of each input. */
  readonly inputDtypes: readonly LanguageDtype[];
  /** Whether the weights are outside, so that the test must be given them. */
  readonly external: boolean;
  /** Whether runs draw random numbers, which the test draws from a generator with seed 0. */
  readonly draws: boolean;
  /** Whether the model must be disposed of, because it has a place in memory that others share. */
  readonly disposes: boolean;
  readonly dtypes: readonly HeldDtype[];
}
