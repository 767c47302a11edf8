// nnc 0.1.0: source.nn, sha256 61bd4da2
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 6, "H", "W"] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 6, "H", "W"] }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [6] },
  { name: "0.bias", dtype: "f32", shape: [6] },
  { name: "0.running_mean", dtype: "f32", shape: [6] },
  { name: "0.running_var", dtype: "f32", shape: [6] },
  { name: "0.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function BatchNorm2d_ReLU_Tanh(x, running_mean, running_var, weight, bias, y, y1, y2, means, rows, H, N, W) {
  const at = 4 * Math.floor(H * W / 4);
  const at3 = Math.floor(H / 3) * W + 6 * Math.floor(N / 3) * H * W + Math.floor(W / 3);
  const at4 = Math.floor(2 * H / 3) * W + 6 * Math.floor(2 * N / 3) * H * W + Math.floor(2 * W / 3);
  const at5 = H * W;
  const at6 = H * N * W;
  const t11 = at6 == 0;
  const t14 = at6 / (at6 - 1);
  for (let i = 0; i < 6; i++) {
    let sum = 0;
    let sum1 = 0;
    const at1 = H * W * i;
    const t = x[at1];
    const t1 = x[at1 + at3];
    const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[at1 + at4]));
    const t3 = t2 - t2 == 0 ? t2 : 0;
    for (let j = 0; j < N; j++) {
      let sum2 = 0;
      let sum3 = 0;
      let sum4 = 0;
      let sum5 = 0;
      let sum6 = 0;
      let sum7 = 0;
      const at2 = 6 * H * W * j + at1;
      for (let k = 0; k < at; k += 4) {
        const t4 = x[at2 + k] - t3;
        sum += t4;
        sum1 += t4 * t4;
        const t5 = x[at2 + k + 1] - t3;
        sum2 += t5;
        sum5 += t5 * t5;
        const t6 = x[at2 + k + 2] - t3;
        sum3 += t6;
        sum6 += t6 * t6;
        const t7 = x[at2 + k + 3] - t3;
        sum4 += t7;
        sum7 += t7 * t7;
      }
      for (let k = at; k < at5; k++) {
        const t8 = x[at2 + k] - t3;
        sum += t8;
        sum1 += t8 * t8;
      }
      sum += sum2 + (sum3 + sum4);
      sum1 += sum5 + (sum6 + sum7);
    }
    const t9 = sum / at6;
    const t10 = t3 + t9;
    means[i] = t10;
    const t12 = running_mean[i];
    y[i] = t11 ? t12 : t12 * 0.9 + t10 * 0.1;
    const t13 = running_var[i];
    const variance = sum1 / at6 - t9 * t9;
    y1[i] = t11 ? t13 : t13 * 0.9 + variance * t14 * 0.1;
    rows[i] = 1 / Math.sqrt(variance + 0.00001);
  }
  for (let m = 0; m < N; m++) {
    const at7 = 6 * H * W * m;
    for (let i = 0; i < 6; i++) {
      const at8 = H * W * i + at7;
      const t15 = means[i];
      const t16 = rows[i];
      const t17 = weight[i];
      const t18 = bias[i];
      for (let n = 0; n < at5; n++) {
        const t19 = (x[at8 + n] - t15) * t16 * t17 + t18;
        y2[at8 + n] = tanh(t19 < 0 ? 0 : t19);
      }
    }
  }
}

function BatchNorm2d(num_batches_tracked, y) {
  y[0] = num_batches_tracked[0] + 1 | 0;
}

const exp$roots = /* @__PURE__ */ (() => new Float64Array(64).map((_, i) => 2 ** ((i - 32) / 64)))();
const exp$powers = /* @__PURE__ */ (() => new Float64Array(2048).map((_, i) => 2 ** (i - 1023)))();

const expm1$roots = /* @__PURE__ */ (() => new Float64Array(64).map((_, i) => Math.expm1((i - 32) / 64 * Math.LN2)))();
function expm1(x) {
  if (!(Math.abs(x) < 708 && x !== 0)) return Math.expm1(x);
  const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;
  const r = x - n * 0.010830424609594047 - n * 8.66550983900947e-11;
  const s = r * r;
  const i = n | 0;
  const power = exp$powers[(i + 32 >> 6) + 1023];
  const root = expm1$roots[i + 32 & 63];
  const rest = root + (1 + root) * (r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120) + s * (1 / 720))));
  return power - 1 + power * rest;
}

function tanh(x) {
  if (!(Math.abs(x) < 20)) return Math.sign(x);
  const t = expm1(2 * x);
  return t / (t + 2);
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

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2, p3, p4] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let slot2 = new Float64Array(0);
  let slot3 = new Float64Array(0);
  let slot4 = new Int32Array(0);
  let spare0;
  let size_N = 0, size_H = 0, size_W = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    slot2 = new Float64Array(0);
    slot3 = new Float64Array(0);
    slot4 = new Int32Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_H = s[2];
      size_W = s[3];
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_H % 1 || size_W % 1 || (s && (s.length !== 4 || s[1] !== 6)) || x.length !== 6 * size_H * size_N * size_W) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    if (size_H * size_N * size_W === 1) throw new RangeError("BatchNorm2d(6) at source.nn:1:1: there must be more than 1 value per channel");
    if (slot0.length < 6) slot0 = new Float64Array(6);
    if (slot1.length < 6) slot1 = new Float64Array(6);
    if (slot2.length < 6) slot2 = new Float64Array(6);
    if (slot3.length < 6) slot3 = new Float64Array(6);
    if (slot4.length < 1) slot4 = new Int32Array(1);
  }
  function compute(x, y) {
    BatchNorm2d_ReLU_Tanh(x, p2, p3, p0, p1, slot0, slot1, y, slot2, slot3, size_H, size_N, size_W);
    BatchNorm2d(p4, slot4);
    for (let i = 0; i < p2.length; i++) p2[i] = slot0[i];
    for (let i = 0; i < p3.length; i++) p3[i] = slot1[i];
    p4[0] = slot4[0];
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
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
    fit();
    const y = fresh(outputs[0], [size_N, 6, size_H, size_W]);
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
  const values = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 6, 2, 2], data: new Float32Array(48).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0, 0.3608573, 0, 0.3609107].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 1e-6;
  }));
}

export default /* @__PURE__ */ create();
