/** The fixed parts of emitted text: what every model needs around its kernels. */
import { propertyKey, quoted } from "./js.ts";
import { loadNames } from "./load.ts";
import { loading, loadingNames } from "./loading.ts";
import { arrayType } from "./bind.ts";
import { arrayOf, type Needs } from "./needs.ts";

/** What a `selfTest` compares an output with. */
export interface Compared {
  /** Results of the reference evaluator at evenly spaced positions. */
  readonly wanted: readonly number[];
  /** The error that is expected of an engine that computes the net right: none of integers. */
  readonly within: number;
}

/** What a `selfTest` computes, and what it compares that with. */
export interface SelfTest {
  /** Concrete shapes of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  /** Integers are made below this. */
  readonly below: number;
  readonly outputs: readonly Compared[];
}

/** Names that these parts define at the top level. */
export const names: readonly string[] = [
  ...loadingNames, ...loadNames, "apart", "arrays", "bits", "count", "dataOf", "isSeen", "made", "own", "recorded", "refuse", "sameRun", "selfTest", "tensor", "worst",
]; // prettier-ignore

export function functions(needs: Needs): string[] {
  const texts = [count, dataOf(needs), tensor(needs), ...(needs.guards ? [refuse(needs), own(needs)] : [])];
  return needs.weights ? [...texts, ...loading(needs)] : texts;
}

/** -1 where a shape is not a list of sizes: no array has that length. */
const count = `function count(shape) {
  let n = Array.isArray(shape) ? 1 : -1;
  for (let i = 0; n >= 0 && i < shape.length; i++) n = Number.isSafeInteger(shape[i]) && shape[i] >= 0 ? n * shape[i] : -1;
  return n;
}`;

/** The typed array of a port, which may be in a tensor: then what that states of it is true. Also one of another realm. */
function dataOf(needs: Needs): string {
  const [only] = needs.dtypes.length === 1 ? needs.dtypes : [];
  const tag = only === undefined ? "arrays[port.dtype].name" : `"${arrayType(only)}"`;
  return `function dataOf(port, value) {
  const { dtype = port.dtype, shape, data = value } = value ?? {};
  if (dtype !== port.dtype) refuse(port, data, dtype, value);
  if (data?.[Symbol.toStringTag] !== ${tag} || (shape && count(shape) !== data.length)) refuse(port, data, shape && count(shape), value);
  return data;
}`;
}

/** Nested values are read along the shape of the first ones, no deeper than tensors are: an array may hold itself. */
function tensor(needs: Needs): string {
  const fits: Record<string, string> = {
    f32: 'typeof v === "number"',
    i32: "Number.isInteger(v) && v === (v | 0)",
    bool: 'typeof v === "boolean"',
  };
  const distinct = [...new Set([...needs.inputDtypes, ...needs.parameterDtypes])];
  const [first = "f32", ...others] = distinct;
  const test = others.reduce(
    (text, dtype) => `port.dtype === "${dtype}" ? ${fits[dtype]} : ${text}`,
    fits[first]!,
  );
  return `function tensor(port, value) {
  if (value?.data || value?.buffer) return value;
  const shape = [];
  for (let v = value; Array.isArray(v) && shape.length < 65; v = v[0]) shape.push(v.length);
  const total = count(shape);
  const data = total < 2 ** 28 && shape.reduce((level, n) => level.flatMap((v) => v?.length === n ? v : null), [value]);
  if (data.length !== total || !data.every((v) => ${test})) refuse(port, value);
  return { shape, data: ${arrayOf(needs, "port.dtype")}.from(data) };
}`;
}

function refuse({ batches }: Needs): string {
  const wanted = '${dtype}[${shape.join(", ")}]';
  const either = '${unbatched ? ` or ${dtype}[${shape.slice(1).join(", ")}]` : ""}';
  return `function refuse({ name, dtype, shape${batches ? ", unbatched" : ""} }, data, got = data?.length) {
  throw new TypeError(\`\${name} must be ${wanted}${batches ? either : ""}, not \${data && \`\${data.constructor.name}[\${got}]\`}\`);
}`;
}

function own(needs: Needs): string {
  return `function own(ports) {
  return (name, shape) => {
    const { dtype } = ports.find((port) => port.name === name);
    return { dtype, shape, data: new ${arrayOf(needs, "dtype")}(count(shape)) };
  };
}`;
}

/**
 * Ends a run whose outputs would overwrite each other. Two shared buffers may be one memory, which shows where what is
 * written to one is read from the other.
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
 * Made-up input: a hundred different numbers between -9 and 9, and in each hundred one of -30000, which tells whether
 * statistics keep their digits; or integers below a bound.
 */
export function selfTestValue(i: number, dtype: string, below: number): number {
  return dtype === "f32" ? 9 / (((i * 37) % 101) - 50.0003) : ((i * 37) % 101) % below;
}

/** The numbers of a self test as a text of a weights file. JSON has no words for NaN and infinities, so they are texts. */
export function selfTestJson({ shapes, below, outputs }: SelfTest): string {
  const wanted = outputs.map((one) => `[${one.wanted.map(jsonNumber).join(",")}]`);
  const within = outputs.map((one) => one.within);
  return `{"shapes":${JSON.stringify(shapes)},"below":${below},"wanted":[${wanted.join(",")}],"within":[${within.join(",")}]}`;
}

function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/** With no `test`, the weights that are given bring its numbers: the text is then the same for all weights. */
export function selfTest(test: SelfTest | undefined, ports: SelfTestPorts): string {
  const { inputs, outputs, external } = ports;
  const list = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;
  const parameter = external ? "options" : "";
  const made = inputs.map((name, i) => {
    const shape = test ? list(test.shapes[i]!) : `shapes[${i}]`;
    const below = test || !ports.integers ? "" : ", below";
    return `made(model.input(${quoted(name)}, ${shape})${below})`;
  });
  const argument = inputs.length <= 1 ? made.join("") : `{ ${inputs.map((name, i) => `${propertyKey(name)}: ${made[i]}`).join(", ")} }`; // prettier-ignore
  const worsts = outputs.map((name, i) => {
    const output = outputs.length === 1 ? "y" : `y[${quoted(name)}]`;
    const given = test?.outputs[i];
    const wanted = given ? list(given.wanted) : `wanted[${i}].map(Number)`;
    return `worst(${output}.data, ${wanted}, ${given ? scientific(given.within) : `within[${i}]`})`;
  });
  const result = worsts.length === 1 ? worsts[0]! : `Math.max(\n    ${worsts.join(",\n    ")},\n  )`;
  const floats = "9 / (((i * 37) % 101) - 50.0003)";
  const integers = `((i * 37) % 101) % ${test ? test.below : "below"}`;
  const value = ports.floats
    ? ports.integers
      ? `tensor.dtype === "f32" ? ${floats} : ${integers}`
      : floats
    : integers;
  const numbers = test ? "" : "\n  const { shapes, below, wanted, within } = recorded(options.weights);";
  return `function selfTest(${parameter}) {
  const model = create(${parameter});${numbers}
  const y = model(${argument});
  return ${result};
}

function made(tensor${test || !ports.integers ? "" : ", below"}) {
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = ${value};
  return tensor;
}

function worst(data, wanted, within) {
  return Math.max(...wanted.map((want, i) => {
    const got = data[(i * data.length) / wanted.length | 0];
    return Object.is(got, want) ? 0 : Math.abs(got - want) / within;
  }));
}${test ? "" : `\n\n${recordedText}`}`;
}

/** `5e-6`, which is shorter than `0.000005`. */
function scientific(value: number): string {
  return value === 0 ? "0" : value.toExponential().replace("+", "");
}

/** Weights of this compile that bring no numbers are those of a net for which none were found. */
const recordedText = `function recorded(weights) {
  const bytes = bytesOf(weights);
  const { nnc, "nnc.selfTest": numbers } = bytes ? header(bytes).metadata : {};
  if (numbers) return JSON.parse(numbers);
  throw new TypeError(nnc
    ? "these weights bring no numbers to compare with: when the net was compiled, no input was found whose outputs could be compared"
    : "these weights bring no numbers to compare with: give selfTest the bytes of the .safetensors file that was written with this module");
}`;

export interface SelfTestPorts {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Which dtypes inputs have. */
  readonly floats: boolean;
  readonly integers: boolean;
  /** The weights are not inside, so the test must be given them. */
  readonly external: boolean;
  readonly dtypes: readonly string[];
}
