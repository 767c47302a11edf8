// nnc 0.1.0: source.nn, sha256 b314b455
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 4] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 3] }];
export const parameters = [
  { name: "fc.weight", dtype: "f32", shape: [3, 4] },
  { name: "fc.bias", dtype: "f32", shape: [3] },
  { name: "bn.weight", dtype: "f32", shape: [3] },
  { name: "bn.bias", dtype: "f32", shape: [3] },
  { name: "bn.running_mean", dtype: "f32", shape: [3] },
  { name: "bn.running_var", dtype: "f32", shape: [3] },
  { name: "bn.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function BatchNorm1d(running_var, weight, running_mean, bias, bias1, y, y1) {
  for (let i = 0; i < 3; i++) {
    const t = weight[i] * (1 / Math.sqrt(running_var[i] + 0.00001));
    y[i] = t;
    y1[i] = bias1[i] * t + (bias[i] - running_mean[i] * t);
  }
}

function BatchNorm1d_1(weight, x, y) {
  for (let i = 0; i < 3; i++) {
    const at = 4 * i;
    const t = x[i];
    for (let j = 0; j < 4; j++) {
      y[at + j] = weight[at + j] * t;
    }
  }
}

function Linear_BatchNorm1d_ReLU(x, prepared, prepared1, y, N, y$bits) {
  for (let i = 0; i < N; i++) {
    const at = 4 * i;
    const at2 = 3 * i;
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      const at1 = 4 * j;
      for (let k = 0; k < 4; k++) {
        sum += x[at + k] * prepared[at1 + k];
      }
      const t = sum + prepared1[j];
      y[at2 + j] = t;
      y$bits[at2 + j] &= (t < 0 | 0) - 1;
    }
  }
}

const times = (n, size) => n >= 0 && size >= 0 && Number.isInteger(size) ? n * size : -1;
const count = (shape) => Array.isArray(shape) ? shape.reduce(times, 1) : -1;

function dataOf(port, value) {
  const { dtype = port.dtype, shape, data = value } = value ?? {};
  const tag = data?.[Symbol.toStringTag];
  if (dtype !== port.dtype) refuse(port, dtype);
  if (tag !== arrays[port.dtype].name) refuse(port, (tag ?? typeof data) + (data?.map ? `: give ${arrays[port.dtype].name}.from(${port.name}, Number)` : ""));
  if (shape && count(shape) !== data.length) refuse(port, `${data.length} values of shape [${shape}]`);
  return data;
}

function tensor(port, value) {
  if (!(value?.flat || (port.dtype === "i32" ? Number.isInteger(value) && value === (value | 0) : typeof value === "number"))) return value;
  const shape = [];
  const data = [];
  const place = [];
  const read = (v, axis) => {
    const list = v?.flat && axis < 64;
    if (list && (shape[axis] ??= data.length ? -1 : v.length) === v.length) v.forEach((one, i) => read(one, axis + 1, place[axis] = i));
    else if (!list && (port.dtype === "i32" ? Number.isInteger(v) && v === (v | 0) : typeof v === "number") && axis === shape.length) data.push(v);
    else refuse(port, `${list ? v.length + " values" : `${v} (${typeof v})`} at ${port.name}[${place.slice(0, axis)}]`);
  };
  read(value, 0);
  return { shape, data: arrays[port.dtype].from(data) };
}

function refuse({ name, dtype, shape }, given, x) {
  const one = given?.map && given.length === shape.length - 1 && typeof shape[0] === "string" && !given.some((n, i) => n - shape[i + 1]) ? `, which is one sample: a batch of one is ${"[".repeat(shape.length)}…${"]".repeat(shape.length)}, of shape [${[1, ...given].join(", ")}]` : "";
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}], not ${given?.map ? `${dtype}[${given.join(", ")}]` : given ?? `${x[Symbol.toStringTag]}[${x.length}]`}${one}`);
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
  return { dtype, shape, data: new arrays[dtype](count(shape)) };
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
    if (dtype === "i32" && !shape.length && !given[name]) given[name] = { shape, data: [0] };
    const one = given[name] ?? unfit(`lack ${name} in ${{}.toString.call(weights)} [${Object.keys(given).slice(0, 4)}]`);
    const value = tensor(port, one.data);
    const data = value?.data ?? value;
    if (one.shape + "" != shape || data?.length !== count(shape) || !(dtype === "i32" ? /^(Big)?Int/.test(data[Symbol.toStringTag]) && data.every((v) => Number(v) === (Number(v) | 0)) : /^Float/.test(data[Symbol.toStringTag]))) refuse(port, `${data?.[Symbol.toStringTag]} of shape [${one.shape}]`);
    state[name] = { dtype, shape, data: dtype === "i32" ? Int32Array.from(data, Number) : new Float32Array(data) };
    delete given[name];
  }
  for (const name in given) unfit("have the unknown " + name);
  return state;
}

const views = /* @__PURE__ */ new WeakMap();
function bits(x) {
  let view = views.get(x);
  // Memory may have grown since, and the array with it.
  if (view?.byteLength !== x.byteLength) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.byteLength / 4)));
  return view;
}

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2, p3, p4, p5, p6] = parameters.map(({ name }) => state[name].data);
  const prepared1 = new Float64Array(3);
  const prepared0 = new Float64Array(12);
  let spare0;
  let size_N = 0;
  function prepare() {
    const slot0 = new Float64Array(3);
    BatchNorm1d(p5, p2, p4, p3, p1, slot0, prepared1);
    BatchNorm1d_1(p0, slot0, prepared0);
  }
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
    } else {
      size_N = x.length / 4;
    }
    if (size_N % 1 || (s && (s.length !== 2 || s[1] !== 4)) || x.length !== 4 * size_N) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, y) {
    Linear_BatchNorm1d_ReLU(x, prepared0, prepared1, y, size_N, bits(y));
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 3 * size_N) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, 3]);
    compute(x.data ?? x, y.data);
    return y;
  }
  prepare();
  return Object.assign(model, {
    inputs, outputs, parameters: state,
    input: (name, shape) => fresh(portOf(inputs, name), shape),
    output: (name, shape) => fresh(portOf(outputs, name), shape),
    run, refresh: prepare, dispose,
  });
}

function inside() {
  const values = [-0.00374341, 0.2682218, -0.41152257, -0.3679695, -0.19257718, 0.13407868, -0.00990659, 0.39644474, -0.044372022,
    0.13230628, -0.15110654, -0.098282695, -0.47767425, -0.33114105, -0.20611155, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 4], data: new Float32Array(8).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0, 0, 0, 0.794729].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 2e-6;
  }));
}

export default /* @__PURE__ */ create();
