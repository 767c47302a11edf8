// nnc 0.1.0: source.nn, sha256 f594bd23
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["...", 8] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["...", 8] }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [8] },
  { name: "0.bias", dtype: "f32", shape: [8] },
  { name: "1.weight", dtype: "f32", shape: [8] },
  { name: "1.bias", dtype: "f32", shape: [8] },
  { name: "2.weight", dtype: "f32", shape: [8] },
  { name: "2.bias", dtype: "f32", shape: [8] },
  { name: "3.weight", dtype: "f32", shape: [8] },
  { name: "3.bias", dtype: "f32", shape: [8] },
  { name: "4.weight", dtype: "f32", shape: [8] },
  { name: "4.bias", dtype: "f32", shape: [8] },
  { name: "5.weight", dtype: "f32", shape: [8] },
  { name: "5.bias", dtype: "f32", shape: [8] },
  { name: "6.weight", dtype: "f32", shape: [8] },
  { name: "6.bias", dtype: "f32", shape: [8] },
  { name: "7.weight", dtype: "f32", shape: [8] },
  { name: "7.bias", dtype: "f32", shape: [8] },
  { name: "8.weight", dtype: "f32", shape: [8] },
  { name: "8.bias", dtype: "f32", shape: [8] },
  { name: "9.weight", dtype: "f32", shape: [8] },
  { name: "9.bias", dtype: "f32", shape: [8] },
];

function LayerNorm(x, weight, bias, y, run$) {
  for (let i = 0; i < run$; i++) {
    let sum = 0;
    let sum1 = 0;
    const at = 8 * i;
    const t = x[at];
    for (let j = 0; j < 8; j++) {
      const t1 = x[at + j] - t;
      sum += t1;
      sum1 += t1 * t1;
    }
    const t2 = sum / 8;
    const mean = t + t2;
    const t3 = 1 / Math.sqrt(sum1 / 8 - t2 * t2 + 0.00001);
    for (let k = 0; k < 8; k++) {
      y[at + k] = (x[at + k] - mean) * t3 * weight[k] + bias[k];
    }
  }
}

const times = (n, size) => n >= 0 && size >= 0 && Number.isInteger(size) ? n * size : -1;
const count = (shape) => Array.isArray(shape) ? shape.reduce(times, 1) : -1;

function dataOf(port, value) {
  const { dtype = port.dtype, shape, data = value } = value ?? {};
  const tag = data?.[Symbol.toStringTag];
  if (dtype !== port.dtype) refuse(port, dtype);
  if (tag !== "Float32Array") refuse(port, (tag ?? typeof data) + (data?.map ? `: give Float32Array.from(${port.name}, Number)` : ""));
  if (shape && count(shape) !== data.length) refuse(port, `${data.length} values of shape [${shape}]`);
  return data;
}

function tensor(port, value) {
  if (!value?.flat) return value;
  const shape = [];
  const data = [];
  const place = [];
  const read = (v, axis) => {
    const list = v?.flat && axis < 64;
    if (list && (shape[axis] ??= data.length ? -1 : v.length) === v.length) v.forEach((one, i) => read(one, axis + 1, place[axis] = i));
    else if (!list && typeof v === "number" && axis === shape.length) data.push(v);
    else refuse(port, `${list ? v.length + " values" : typeof v} at ${port.name}[${place.slice(0, axis)}]`);
  };
  read(value, 0);
  return { shape, data: Float32Array.from(data) };
}

function refuse({ name, dtype, shape }, given, x) {
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}], not ${given?.map ? `${dtype}[${given.join(", ")}]` : given ?? `${x[Symbol.toStringTag]}[${x.length}]`}`);
}

function portOf([port], name) {
  if (port.name === name) return port;
  throw new TypeError(`there is no ${port === inputs[0] ? "input" : "output"} ${name}: there is ${port.name}`);
}

function named(ports, record) {
  for (const name in record) portOf(ports, name);
  return record;
}

function fresh({ dtype }, shape) {
  return { dtype, shape, data: new Float32Array(count(shape)) };
}

function unfit(reason) {
  throw new TypeError("weights " + reason.replace(/[^ -~]/g, escape));
}

function stateOf(weights) {
  if (weights?.byteLength >= 0) unfit("are inside: see nnc compile --external");
  const given = { __proto__: null, ...weights };
  const state = { __proto__: null };
  for (const port of parameters) {
    const { name, dtype, shape } = port;
    const one = given[name] ?? unfit(`lack ${name} in ${{}.toString.call(weights)} [${Object.keys(given).slice(0, 4)}]`);
    const value = tensor(port, one.data);
    const data = value?.data ?? value;
    if (one.shape + "" != shape || data?.length !== count(shape) || !(/^Float/.test(data[Symbol.toStringTag]))) refuse(port, `${data?.[Symbol.toStringTag]} of shape [${one.shape}]`);
    state[name] = { dtype, shape, data: new Float32Array(data) };
    delete given[name];
  }
  for (const name in given) unfit("have the unknown " + name);
  return state;
}

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_run$ = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    size_run$ = x.length / 8;
    if (size_run$ % 1 || (s && (s[s.length - 1] !== 8))) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > 8 * size_run$ ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 8 * size_run$) slot0 = new Float64Array(8 * size_run$);
    if (slot1.length < 8 * size_run$) slot1 = new Float64Array(8 * size_run$);
  }
  function compute(x, y) {
    LayerNorm(x, p0, p1, slot0, size_run$);
    LayerNorm(slot0, p2, p3, slot1, size_run$);
    LayerNorm(slot1, p4, p5, slot0, size_run$);
    LayerNorm(slot0, p6, p7, slot1, size_run$);
    LayerNorm(slot1, p8, p9, slot0, size_run$);
    LayerNorm(slot0, p10, p11, slot1, size_run$);
    LayerNorm(slot1, p12, p13, slot0, size_run$);
    LayerNorm(slot0, p14, p15, slot1, size_run$);
    LayerNorm(slot1, p16, p17, slot0, size_run$);
    LayerNorm(slot0, p18, p19, y, size_run$);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 8 * size_run$) refuse(outputs[0], null, y);
    if (owned.has(y.buffer)) unfit("lie in y");
    if (x.buffer === y.buffer || x.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare0?.length !== x.length) spare0 = new Float32Array(x.length);
      spare0.set(x);
      x = spare0;
    }
    compute(x, y);
  }
  function model(x) {
    if (({}).toString.call(x) === "[object Object]" && !("data" in x)) x = named(inputs, x).x;
    x = tensor(inputs[0], x);
    bind_x(x);
    fit();
    const lead = x.shape ? x.shape.slice(0, -1) : size_run$ === 1 ? [] : [size_run$];
    const y = fresh(outputs[0], [...lead, 8]);
    compute(x.data ?? x, y.data);
    return y;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state,
    input: (name, shape) => fresh(portOf(inputs, name), shape),
    output: (name, shape) => fresh(portOf(outputs, name), shape),
    run, refresh() {}, dispose,
  });
}

function inside() {
  const text = "\
AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAA\
gD8AAIA/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAAAAAAAAAAAAAAAAAAAAAAAAA\
AAAAAAAAAAAAAAAAAACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgD8AAIA/AACAPwAA\
gD8AAIA/AACAPwAAgD8AAIA/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAAAAAAAAA\
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
gD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/\
AACAPwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
AAAAAAAAAAAAAA";
  const bytes = new Uint8Array(text.length * 3 >> 2);
  for (let i = 0, bits = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    bits = bits << 6 | c + (c > 96 ? -71 : c > 64 ? -65 : c > 47 ? 4 : c > 43 ? 16 : 19);
    bytes[i * 3 >> 2] = bits >> 6 - i % 4 * 2;
  }
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new Float32Array(bytes.buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 8], data: new Float32Array(16).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.111226, -2.321115, 0.377994, 0.377882].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-6;
  }));
}

export default /* @__PURE__ */ create();
