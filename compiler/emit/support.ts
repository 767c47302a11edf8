/** The fixed parts of emitted text: what every model needs around its kernels. */
import type { SelfTest } from "./module.ts";
import { arrayType } from "./bind.ts";

/** Names that these parts define at the top level. */
export const names: readonly string[] = [
  "arrays", "aside", "bits", "count", "decode", "load", "model", "own", "parse", "prepare", "refuse", "run",
  "selfTest", "state", "step", "tensor", "WEIGHTS",
]; // prettier-ignore

export function arrays(dtypes: readonly string[]): string {
  return `const arrays = { ${dtypes.map((dtype) => `${dtype}: ${arrayType(dtype)}`).join(", ")} };`;
}

export function functions(hasParameters: boolean): string[] {
  return [count, tensor, refuse, own, ...(hasParameters ? [parse, load] : [])];
}

const count = `function count(shape) {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i];
  return n;
}`;

const tensor = `// Tensors and typed arrays as they are, nested numbers with the shape they show.
function tensor(port, value) {
  if (value?.data) return value;
  if (ArrayBuffer.isView(value)) return { data: value };
  const shape = [];
  for (let v = value; Array.isArray(v); v = v[0]) shape.push(v.length);
  const flat = [value].flat(Infinity);
  const fits = port.dtype === "i32" ? Number.isInteger : (v) => typeof v === "number" || typeof v === "boolean";
  if (flat.length !== count(shape) || !flat.every(fits)) refuse(port, value);
  return { data: arrays[port.dtype].from(flat), shape };
}`;

const refuse = `function refuse({ name, dtype, shape }, data, got) {
  const what = data instanceof arrays[dtype] ? (got ? "shape [" + got + "]" : data.length + " values") : data?.constructor?.name;
  throw new TypeError(name + " must be " + dtype + "[" + shape.join(", ") + "], not " + what);
}`;

const own = `function own(ports) {
  return (name, shape) => {
    const port = ports.find((p) => p.name === name);
    if (!port) throw new TypeError("no port is called " + name);
    return { dtype: port.dtype, shape, data: new arrays[port.dtype](count(shape)) };
  };
}`;

const parse = `// A safetensors file as tensors by name.
function parse(bytes) {
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))))) {
    if (!shape) continue;
    const Type = { F32: Float32Array, F64: Float64Array, I32: Int32Array, I64: BigInt64Array }[dtype];
    if (!Type) throw new TypeError(name + " has dtype " + dtype);
    tensors[name] = { shape, data: new Type(bytes.slice(start + data_offsets[0], start + data_offsets[1]).buffer) };
  }
  return tensors;
}`;

const load = `// Own copies of all parameters; a name that is missing, unknown or of another shape is an error.
function load(weights) {
  const given = weights instanceof Uint8Array ? parse(weights) : { ...weights };
  const state = {};
  for (const { name, dtype, shape, aliases = [] } of parameters) {
    const found = [name, ...aliases].filter((n) => given[n]);
    const tensor = given[found[0]];
    if (!tensor) throw new Error("weights lack " + name);
    if (String(tensor.shape) !== String(shape)) throw new Error(name + " must have shape [" + shape + "], not [" + tensor.shape + "]");
    const { data } = tensor;
    state[name] = { dtype, shape, data: new arrays[dtype](typeof data[0] === "bigint" ? Array.from(data, Number) : data) };
    for (const n of found) delete given[n];
  }
  for (const name in given) throw new Error("weights have an unknown " + name);
  return state;
}`;

export const bits = `const views = new WeakMap();
// The same memory as integers, for stores that clear bits.
function bits(x) {
  let view = views.get(x);
  if (!view) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.length)));
  return view;
}`;

export const aside = `const spare = [];
// An input in memory that an output will overwrite is read from a copy.
function aside(i, x) {
  if (spare[i]?.length !== x.length) spare[i] = x.slice();
  spare[i].set(x);
  return spare[i];
}`;

export const decode = `function decode(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}`;

/** Numbers that need no generator of their own: Knuth's multiplicative hash of the position. */
export function selfTestValue(i: number, dtype: string, below: number): number {
  const h = Math.imul(i + 1, 2654435761) >>> 0;
  return dtype === "f32" ? h / 2 ** 30 - 2 : h % below;
}

export function selfTest({ shapes, below, wanted }: SelfTest, needsWeights: boolean): string {
  const list = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;
  const parameter = needsWeights ? "options" : "";
  return `/** The largest error on made-up input, in units of the last place at max(|wanted|, rms). */
export function selfTest(${parameter}) {
  const shapes = [${shapes.map(list).join(", ")}];
  const wanted = [${wanted.map((values) => list(values.map((value) => Math.fround(value)))).join(", ")}];
  const ins = inputs.map(({ dtype }, n) => {
    const data = new arrays[dtype](count(shapes[n]));
    for (let i = 0; i < data.length; i++) {
      const h = Math.imul(i + 1, 2654435761) >>> 0;
      data[i] = dtype === "f32" ? h / 2 ** 30 - 2 : h % ${below};
    }
    return { dtype, shape: shapes[n], data };
  });
  const named = Object.fromEntries(inputs.map(({ name }, n) => [name, ins[n]]));
  const result = create(${parameter})(inputs.length === 1 ? ins[0] : named);
  let worst = 0;
  outputs.forEach(({ name }, n) => {
    const { data } = outputs.length === 1 ? result : result[name];
    const rms = Math.hypot(...wanted[n]) / Math.sqrt(wanted[n].length);
    wanted[n].forEach((want, i) => {
      const got = data[Math.floor((i * data.length) / wanted[n].length)];
      const ulp = 2 ** (Math.floor(Math.log2(Math.max(Math.abs(want), rms) || 1)) - 23);
      if (!Object.is(got, want)) worst = Math.max(worst, Math.abs(got - want) / ulp || (got === want ? 0 : Infinity));
    });
  });
  return worst;
}`;
}
