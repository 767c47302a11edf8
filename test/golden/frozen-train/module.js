// nnc 0.1.0: source.nn, sha256 88034878
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 3] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 3] }];
export const parameters = [
  { name: "a.0.weight", dtype: "f32", shape: [3] },
  { name: "a.0.bias", dtype: "f32", shape: [3] },
  { name: "a.0.running_mean", dtype: "f32", shape: [3] },
  { name: "a.0.running_var", dtype: "f32", shape: [3] },
  { name: "a.0.num_batches_tracked", dtype: "i32", shape: [] },
  { name: "a.1.weight", dtype: "f32", shape: [3] },
  { name: "a.1.bias", dtype: "f32", shape: [3] },
  { name: "a.1.running_mean", dtype: "f32", shape: [3] },
  { name: "a.1.running_var", dtype: "f32", shape: [3] },
  { name: "a.1.num_batches_tracked", dtype: "i32", shape: [] },
  { name: "b.weight", dtype: "f32", shape: [3] },
  { name: "b.bias", dtype: "f32", shape: [3] },
  { name: "b.running_mean", dtype: "f32", shape: [3] },
  { name: "b.running_var", dtype: "f32", shape: [3] },
  { name: "b.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function BatchNorm1d(running_var, weight, running_mean, bias, y, y1) {
  for (let i = 0; i < 3; i++) {
    const t = weight[i] * (1 / Math.sqrt(running_var[i] + 0.00001));
    y[i] = t;
    y1[i] = bias[i] - running_mean[i] * t;
  }
}

function BatchNorm1d_1(x, prepared, prepared1, y, y1, N) {
  for (let i = 0; i < N; i++) {
    const at = 3 * i;
    for (let j = 0; j < 3; j++) {
      y[at + j] = x[at + j] * prepared[j] + prepared1[j];
    }
  }
  const at1 = 3 * Math.floor(N / 3);
  const at2 = 3 * Math.floor(2 * N / 3);
  for (let j = 0; j < 3; j++) {
    const t = prepared[j];
    const t1 = prepared1[j];
    const t2 = x[j] * t + t1;
    const t3 = x[at1 + j] * t + t1;
    const t4 = Math.max(Math.min(t2, t3), Math.min(Math.max(t2, t3), x[at2 + j] * t + t1));
    y1[j] = t4 - t4 == 0 ? t4 : 0;
  }
}

function BatchNorm1d_2(x, x1, running_mean, running_var, weight, bias, y, y1, y2, y3, y4, means, rows, N) {
  const at = 4 * Math.floor(N / 4);
  const t8 = N == 0;
  const t11 = N / (N - 1);
  for (let j = 0; j < 3; j++) {
    let sum = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let sum4 = 0;
    let sum5 = 0;
    let sum6 = 0;
    let sum7 = 0;
    const t = x1[j];
    for (let i = 0; i < at; i += 4) {
      const t1 = x[3 * i + j] - t;
      sum += t1;
      sum1 += t1 * t1;
      const t2 = x[3 * i + j + 3] - t;
      sum2 += t2;
      sum5 += t2 * t2;
      const t3 = x[3 * i + j + 6] - t;
      sum3 += t3;
      sum6 += t3 * t3;
      const t4 = x[3 * i + j + 9] - t;
      sum4 += t4;
      sum7 += t4 * t4;
    }
    for (let i = at; i < N; i++) {
      const t5 = x[3 * i + j] - t;
      sum += t5;
      sum1 += t5 * t5;
    }
    sum += sum2 + (sum3 + sum4);
    sum1 += sum5 + (sum6 + sum7);
    const t6 = sum / N;
    const t7 = t + t6;
    means[j] = t7;
    const t9 = running_mean[j];
    y2[j] = t8 ? t9 : t9 * 0.9 + t7 * 0.1;
    const t10 = running_var[j];
    const variance = sum1 / N - t6 * t6;
    y3[j] = t8 ? t10 : t10 * 0.9 + variance * t11 * 0.1;
    rows[j] = 1 / Math.sqrt(variance + 0.00001);
  }
  y[0] = t11;
  y1[0] = t8;
  for (let k = 0; k < N; k++) {
    const at1 = 3 * k;
    for (let j = 0; j < 3; j++) {
      y4[at1 + j] = (x[at1 + j] - means[j]) * rows[j] * weight[j] + bias[j];
    }
  }
}

function BatchNorm1d_3(num_batches_tracked, y) {
  y[0] = num_batches_tracked[0] + 1 | 0;
}

function BatchNorm1d_4(x, x1, running_mean, x2, running_var, weight, bias, y, y1, y2, means, rows, N) {
  const at = 4 * Math.floor(N / 4);
  const at1 = 3 * Math.floor(N / 3);
  const at2 = 3 * Math.floor(2 * N / 3);
  const t11 = x2[0];
  const t14 = x1[0];
  for (let i = 0; i < 3; i++) {
    let sum = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let sum4 = 0;
    let sum5 = 0;
    let sum6 = 0;
    let sum7 = 0;
    const t = x[i];
    const t1 = x[at1 + i];
    const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[at2 + i]));
    const t3 = t2 - t2 == 0 ? t2 : 0;
    for (let j = 0; j < at; j += 4) {
      const t4 = x[i + 3 * j] - t3;
      sum += t4;
      sum1 += t4 * t4;
      const t5 = x[i + 3 * j + 3] - t3;
      sum2 += t5;
      sum5 += t5 * t5;
      const t6 = x[i + 3 * j + 6] - t3;
      sum3 += t6;
      sum6 += t6 * t6;
      const t7 = x[i + 3 * j + 9] - t3;
      sum4 += t7;
      sum7 += t7 * t7;
    }
    for (let j = at; j < N; j++) {
      const t8 = x[i + 3 * j] - t3;
      sum += t8;
      sum1 += t8 * t8;
    }
    sum += sum2 + (sum3 + sum4);
    sum1 += sum5 + (sum6 + sum7);
    const t9 = sum / N;
    const t10 = t3 + t9;
    means[i] = t10;
    const t12 = running_mean[i];
    y[i] = t11 ? t12 : t12 * 0.9 + t10 * 0.1;
    const t13 = running_var[i];
    const variance = sum1 / N - t9 * t9;
    y1[i] = t11 ? t13 : t13 * 0.9 + variance * t14 * 0.1;
    rows[i] = 1 / Math.sqrt(variance + 0.00001);
  }
  for (let k = 0; k < N; k++) {
    const at3 = 3 * k;
    for (let i = 0; i < 3; i++) {
      y2[at3 + i] = (x[at3 + i] - means[i]) * rows[i] * weight[i] + bias[i];
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

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float64Array(3);
  const prepared1 = new Float64Array(3);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let slot2 = new Float64Array(0);
  let slot3 = new Uint8Array(0);
  let slot4 = new Float64Array(0);
  let slot5 = new Float64Array(0);
  let slot6 = new Float64Array(0);
  let slot7 = new Float64Array(0);
  let slot8 = new Float64Array(0);
  let slot9 = new Int32Array(0);
  let slot10 = new Int32Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0;
  function prepare() {
    BatchNorm1d(p3, p0, p2, p1, prepared0, prepared1);
  }
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    slot2 = new Float64Array(0);
    slot3 = new Uint8Array(0);
    slot4 = new Float64Array(0);
    slot5 = new Float64Array(0);
    slot6 = new Float64Array(0);
    slot7 = new Float64Array(0);
    slot8 = new Float64Array(0);
    slot9 = new Int32Array(0);
    slot10 = new Int32Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
    } else {
      size_N = x.length / 3;
    }
    if (size_N % 1 || (s && (s.length !== 2 || s[1] !== 3)) || x.length !== 3 * size_N) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    if (size_N === 1) throw new RangeError("BatchNorm1d(3) at source.nn:2:16: there must be more than 1 value per channel");
    idle = slot0.length / 4 - 16384 > Math.max(3, 3 * size_N) || slot6.length / 4 - 16384 > 3 * size_N ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < Math.max(3, 3 * size_N)) slot0 = new Float64Array(Math.max(3, 3 * size_N));
    if (slot1.length < 3) slot1 = new Float64Array(3);
    if (slot2.length < 1) slot2 = new Float64Array(1);
    if (slot3.length < 1) slot3 = new Uint8Array(1);
    if (slot4.length < 3) slot4 = new Float64Array(3);
    if (slot5.length < 3) slot5 = new Float64Array(3);
    if (slot6.length < 3 * size_N) slot6 = new Float64Array(3 * size_N);
    if (slot7.length < 3) slot7 = new Float64Array(3);
    if (slot8.length < 3) slot8 = new Float64Array(3);
    if (slot9.length < 1) slot9 = new Int32Array(1);
    if (slot10.length < 1) slot10 = new Int32Array(1);
  }
  function compute(x, y) {
    BatchNorm1d_1(x, prepared0, prepared1, slot0, slot1, size_N);
    BatchNorm1d_2(slot0, slot1, p7, p8, p5, p6, slot2, slot3, slot4, slot5, slot6, slot7, slot8, size_N);
    BatchNorm1d_3(p9, slot9);
    BatchNorm1d_4(slot6, slot2, p12, slot3, p13, p10, p11, slot0, slot1, y, slot7, slot8, size_N);
    BatchNorm1d_3(p14, slot10);
    for (let i = 0; i < p7.length; i++) p7[i] = slot4[i];
    for (let i = 0; i < p8.length; i++) p8[i] = slot5[i];
    p9[0] = slot9[0];
    for (let i = 0; i < p12.length; i++) p12[i] = slot0[i];
    for (let i = 0; i < p13.length; i++) p13[i] = slot1[i];
    p14[0] = slot10[0];
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
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
    fit();
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
  const values = [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 3], data: new Float32Array(6).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.999995, 0.999995, -0.999995, -0.999995].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 2e-6;
  }));
}

export default /* @__PURE__ */ create();
