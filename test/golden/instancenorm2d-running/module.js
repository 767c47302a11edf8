// nnc 0.1.0: source.nn, sha256 57865638
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 6, "H", "W"], unbatched: true }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 6, "H", "W"], unbatched: true }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [6] },
  { name: "0.bias", dtype: "f32", shape: [6] },
  { name: "0.running_mean", dtype: "f32", shape: [6] },
  { name: "0.running_var", dtype: "f32", shape: [6] },
  { name: "0.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function InstanceNorm2d(running_var, weight, running_mean, bias, y, y1) {
  for (let i = 0; i < 6; i++) {
    const t = weight[i] * (1 / Math.sqrt(running_var[i] + 0.00001));
    y[i] = t;
    y1[i] = bias[i] - running_mean[i] * t;
  }
}

function InstanceNorm2d_ReLU(x, prepared, prepared1, y, H, N, W, y$bits) {
  const at = 4 * Math.floor(H * W / 4);
  const at3 = H * W;
  for (let i = 0; i < N; i++) {
    const at1 = 6 * H * W * i;
    for (let j = 0; j < 6; j++) {
      const at2 = H * W * j + at1;
      const t = prepared[j];
      const t1 = prepared1[j];
      for (let k = 0; k < at; k += 4) {
        const t2 = x[at2 + k] * t + t1;
        const t3 = x[at2 + k + 1] * t + t1;
        const t4 = x[at2 + k + 2] * t + t1;
        const t5 = x[at2 + k + 3] * t + t1;
        y[at2 + k] = t2;
        y$bits[at2 + k] &= (t2 < 0 | 0) - 1;
        y[at2 + k + 1] = t3;
        y$bits[at2 + k + 1] &= (t3 < 0 | 0) - 1;
        y[at2 + k + 2] = t4;
        y$bits[at2 + k + 2] &= (t4 < 0 | 0) - 1;
        y[at2 + k + 3] = t5;
        y$bits[at2 + k + 3] &= (t5 < 0 | 0) - 1;
      }
      for (let k = at; k < at3; k++) {
        const t6 = x[at2 + k] * t + t1;
        y[at2 + k] = t6;
        y$bits[at2 + k] &= (t6 < 0 | 0) - 1;
      }
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

function refuse({ name, dtype, shape, unbatched }, given, x) {
  const one = !unbatched && given?.map && given.length === shape.length - 1 && typeof shape[0] === "string" && !given.some((n, i) => n - shape[i + 1]) ? `, which is one sample: a batch of one is ${"[".repeat(shape.length)}…${"]".repeat(shape.length)}, of shape [${[1, ...given].join(", ")}]` : "";
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}]${unbatched ? ` or ${dtype}[${shape.slice(1).join(", ")}]` : ""}, not ${given?.map ? `${dtype}[${given.join(", ")}]` : given ?? `${x[Symbol.toStringTag]}[${x.length}]`}${one}`);
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
  const [p0, p1, p2, p3, p4] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float64Array(6);
  const prepared1 = new Float64Array(6);
  let spare0;
  let size_N = 0, size_H = 0, size_W = 0, unbatched_N = 0;
  function prepare() {
    InstanceNorm2d(p3, p0, p2, p1, prepared0, prepared1);
  }
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    unbatched_N = s?.length < 4 ? 1 : 0;
    if (s) {
      size_N = unbatched_N || s[0];
      size_H = s[2 - unbatched_N];
      size_W = s[3 - unbatched_N];
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_H % 1 || size_W % 1 || (s && (s.length !== 4 - unbatched_N || s[1 - unbatched_N] !== 6)) || x.length !== 6 * size_H * size_N * size_W) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, y) {
    InstanceNorm2d_ReLU(x, prepared0, prepared1, y, size_H, size_N, size_W, bits(y));
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 6 * size_H * size_N * size_W) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, 6, size_H, size_W].slice(unbatched_N));
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
  const values = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 6, 2, 2], data: new Float32Array(48).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0, 0, 0.3000015, 0].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 1e-6;
  }));
}

export default /* @__PURE__ */ create();
