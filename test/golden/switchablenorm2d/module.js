// nnc 0.1.0: source.nn, sha256 2368e709
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 6, "H", "W"] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 6, "H", "W"] }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [1, 6, 1, 1] },
  { name: "0.bias", dtype: "f32", shape: [1, 6, 1, 1] },
  { name: "0.mean_weight", dtype: "f32", shape: [3] },
  { name: "0.var_weight", dtype: "f32", shape: [3] },
  { name: "0.running_mean", dtype: "f32", shape: [1, 6, 1] },
  { name: "0.running_var", dtype: "f32", shape: [1, 6, 1] },
];

function SwitchableNorm2d(mean_weight, y, rows) {
  let maximum = -Infinity;
  for (let i = 0; i < 3; i++) {
    maximum = Math.max(maximum, mean_weight[i]);
  }
  let sum = 0;
  for (let j = 0; j < 3; j++) {
    const t = exp(mean_weight[j] - maximum);
    rows[j] = t;
    sum += t;
  }
  for (let j = 0; j < 3; j++) {
    y[j] = rows[j] / sum;
  }
}

function SwitchableNorm2d_1(var_weight, y, rows) {
  let maximum = -Infinity;
  for (let i = 0; i < 3; i++) {
    maximum = Math.max(maximum, var_weight[i]);
  }
  let sum = 0;
  for (let j = 0; j < 3; j++) {
    const t = exp(var_weight[j] - maximum);
    rows[j] = t;
    sum += t;
  }
  for (let j = 0; j < 3; j++) {
    y[j] = rows[j] / sum;
  }
}

function SwitchableNorm2d_ReLU(x, prepared, running_mean, prepared1, running_var, weight, bias, y, rows, rows1, H, N, W, y$bits) {
  const at = 4 * Math.floor(H * W / 4);
  const at3 = Math.floor(H / 3) * W + Math.floor(W / 3);
  const at5 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3);
  const at7 = H * W;
  const t9 = at7 / (at7 - 1);
  const t16 = prepared[1];
  const t17 = prepared[2];
  const t20 = prepared1[1];
  const t21 = prepared1[2];
  for (let i = 0; i < N; i++) {
    let sum = 0;
    const at1 = 6 * H * W * i;
    const at4 = 6 * H * W * i + at3;
    const at6 = 6 * H * W * i + at5;
    for (let j = 0; j < 6; j++) {
      let sum1 = 0;
      let sum2 = 0;
      let sum4 = 0;
      let sum5 = 0;
      let sum6 = 0;
      let sum7 = 0;
      let sum8 = 0;
      let sum9 = 0;
      const at2 = H * W * j + at1;
      const t = x[H * W * j + at1];
      const t1 = x[H * W * j + at4];
      const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[H * W * j + at6]));
      for (let k = 0; k < at; k += 4) {
        const t3 = x[at2 + k] - t2;
        sum1 += t3;
        sum2 += t3 * t3;
        const t4 = x[at2 + k + 1] - t2;
        sum4 += t4;
        sum7 += t4 * t4;
        const t5 = x[at2 + k + 2] - t2;
        sum5 += t5;
        sum8 += t5 * t5;
        const t6 = x[at2 + k + 3] - t2;
        sum6 += t6;
        sum9 += t6 * t6;
      }
      for (let k = at; k < at7; k++) {
        const t7 = x[at2 + k] - t2;
        sum1 += t7;
        sum2 += t7 * t7;
      }
      sum1 += sum4 + (sum5 + sum6);
      sum2 += sum7 + (sum8 + sum9);
      rows[j] = sum1;
      rows1[j] = sum2;
      sum += t2 + sum1 / at7;
    }
    let sum3 = 0;
    const mean = sum / 6;
    for (let j = 0; j < 6; j++) {
      const t8 = rows[j] / at7;
      const t10 = x[H * W * j + at1];
      const t11 = x[H * W * j + at4];
      const t12 = Math.max(Math.min(t10, t11), Math.min(Math.max(t10, t11), x[H * W * j + at6])) + t8 - mean;
      sum3 += (rows1[j] / at7 - t8 * t8) * t9 + t12 * t12;
    }
    const variance = sum3 / 6;
    for (let j = 0; j < 6; j++) {
      const at8 = H * W * j + at1;
      const t13 = x[H * W * j + at1];
      const t14 = x[H * W * j + at4];
      const t15 = rows[j] / at7;
      const mean1 = Math.max(Math.min(t13, t14), Math.min(Math.max(t13, t14), x[H * W * j + at6])) + t15;
      const t18 = mean1 + (mean - mean1) * t16 + (running_mean[j] - mean1) * t17;
      const t19 = (rows1[j] / at7 - t15 * t15) * t9;
      const t22 = 1 / Math.sqrt(t19 + (variance - t19) * t20 + (running_var[j] - t19) * t21 + 0.00001);
      const t23 = weight[j];
      const t24 = bias[j];
      for (let m = 0; m < at; m += 4) {
        const t25 = (x[at8 + m] - t18) * t22 * t23 + t24;
        const t26 = (x[at8 + m + 1] - t18) * t22 * t23 + t24;
        const t27 = (x[at8 + m + 2] - t18) * t22 * t23 + t24;
        const t28 = (x[at8 + m + 3] - t18) * t22 * t23 + t24;
        y[at8 + m] = t25;
        y$bits[at8 + m] &= (t25 < 0 | 0) - 1;
        y[at8 + m + 1] = t26;
        y$bits[at8 + m + 1] &= (t26 < 0 | 0) - 1;
        y[at8 + m + 2] = t27;
        y$bits[at8 + m + 2] &= (t27 < 0 | 0) - 1;
        y[at8 + m + 3] = t28;
        y$bits[at8 + m + 3] &= (t28 < 0 | 0) - 1;
      }
      for (let m = at; m < at7; m++) {
        const t29 = (x[at8 + m] - t18) * t22 * t23 + t24;
        y[at8 + m] = t29;
        y$bits[at8 + m] &= (t29 < 0 | 0) - 1;
      }
    }
  }
}

function exp(x) {
  if (!(Math.abs(x) < 708)) return Math.exp(x);
  const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;
  const r = x - n * 0.010830424609594047 - n * 8.66550983900947e-11;
  const s = r * r;
  const i = n | 0;
  const power = exp$powers[(i + 32 >> 6) + 1023];
  const near = power * exp$roots[i + 32 & 63];
  return near + near * (r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120))));
}

const exp$roots = /* @__PURE__ */ (() => new Float64Array(64).map((_, i) => 2 ** ((i - 32) / 64)))();
const exp$powers = /* @__PURE__ */ (() => new Float64Array(2048).map((_, i) => 2 ** (i - 1023)))();

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
  const [p0, p1, p2, p3, p4, p5] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float64Array(3);
  const prepared1 = new Float64Array(3);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let spare0;
  let size_N = 0, size_H = 0, size_W = 0;
  function prepare() {
    const slot0 = new Float64Array(3);
    SwitchableNorm2d(p2, prepared0, slot0);
    SwitchableNorm2d_1(p3, prepared1, slot0);
  }
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
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
    if (size_H * size_W < 1) throw new RangeError("SwitchableNorm2d(6) at source.nn:1:1: there must be at least 1 spatial element");
    if (slot0.length < 6) slot0 = new Float64Array(6);
    if (slot1.length < 6) slot1 = new Float64Array(6);
  }
  function compute(x, y) {
    SwitchableNorm2d_ReLU(x, prepared0, p4, prepared1, p5, p0, p1, y, slot0, slot1, size_H, size_N, size_W, bits(y));
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
  prepare();
  return Object.assign(model, {
    inputs, outputs, parameters: state,
    input: (name, shape) => fresh(portOf(inputs, name), shape),
    output: (name, shape) => fresh(portOf(outputs, name), shape),
    run, refresh: prepare, dispose,
  });
}

function inside() {
  const values = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 6, 2, 2], data: new Float32Array(48).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.1071945, 0.3071863, 0.0812148, 0].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 1e-6;
  }));
}

export default /* @__PURE__ */ create();
