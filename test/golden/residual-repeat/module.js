// nnc 0.1.0: source.nn, sha256 355d6a0c
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", "T", 4] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", "T", 4] }];
export const parameters = [
  { name: "blocks.0.ln.weight", dtype: "f32", shape: [4] },
  { name: "blocks.0.ln.bias", dtype: "f32", shape: [4] },
  { name: "blocks.0.fc.weight", dtype: "f32", shape: [4, 4] },
  { name: "blocks.0.fc.bias", dtype: "f32", shape: [4] },
  { name: "blocks.1.ln.weight", dtype: "f32", shape: [4] },
  { name: "blocks.1.ln.bias", dtype: "f32", shape: [4] },
  { name: "blocks.1.fc.weight", dtype: "f32", shape: [4, 4] },
  { name: "blocks.1.fc.bias", dtype: "f32", shape: [4] },
  { name: "blocks.2.ln.weight", dtype: "f32", shape: [4] },
  { name: "blocks.2.ln.bias", dtype: "f32", shape: [4] },
  { name: "blocks.2.fc.weight", dtype: "f32", shape: [4, 4] },
  { name: "blocks.2.fc.bias", dtype: "f32", shape: [4] },
];

function LayerNorm(x, weight, bias, y, N, T) {
  const at = N * T;
  for (let i = 0; i < at; i++) {
    let sum = 0;
    let sum1 = 0;
    const at1 = 4 * i;
    const t = x[at1];
    for (let k = 0; k < 4; k++) {
      const t1 = x[at1 + k] - t;
      sum += t1;
      sum1 += t1 * t1;
    }
    const t2 = sum / 4;
    const mean = t + t2;
    const t3 = 1 / Math.sqrt(sum1 / 4 - t2 * t2 + 0.00001);
    for (let l = 0; l < 4; l++) {
      y[at1 + l] = (x[at1 + l] - mean) * t3 * weight[l] + bias[l];
    }
  }
}

function Linear_GELU_map(x, weight, bias, x1, y, N, T) {
  const at = N * T;
  const t1 = bias[0];
  const t3 = bias[1];
  const t5 = bias[2];
  const t7 = bias[3];
  for (let i = 0; i < at; i++) {
    let sum = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    const at1 = 4 * i;
    for (let l = 0; l < 4; l++) {
      const t = x[at1 + l];
      sum += t * weight[l];
      sum1 += t * weight[l + 4];
      sum2 += t * weight[l + 8];
      sum3 += t * weight[l + 12];
    }
    const t2 = sum + t1;
    y[at1] = t2 * 0.5 * (erf(t2 * 0.7071067811865476) + 1) + x1[at1];
    const t4 = sum1 + t3;
    y[at1 + 1] = t4 * 0.5 * (erf(t4 * 0.7071067811865476) + 1) + x1[at1 + 1];
    const t6 = sum2 + t5;
    y[at1 + 2] = t6 * 0.5 * (erf(t6 * 0.7071067811865476) + 1) + x1[at1 + 2];
    const t8 = sum3 + t7;
    y[at1 + 3] = t8 * 0.5 * (erf(t8 * 0.7071067811865476) + 1) + x1[at1 + 3];
  }
}

function Linear_Tanh_map(x, weight, bias, x1, y, N, T) {
  const at = N * T;
  const t1 = bias[0];
  const t2 = bias[1];
  const t3 = bias[2];
  const t4 = bias[3];
  for (let i = 0; i < at; i++) {
    let sum = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    const at1 = 4 * i;
    for (let l = 0; l < 4; l++) {
      const t = x[at1 + l];
      sum += t * weight[l];
      sum1 += t * weight[l + 4];
      sum2 += t * weight[l + 8];
      sum3 += t * weight[l + 12];
    }
    y[at1] = tanh(sum + t1) + x1[at1];
    y[at1 + 1] = tanh(sum1 + t2) + x1[at1 + 1];
    y[at1 + 2] = tanh(sum2 + t3) + x1[at1 + 2];
    y[at1 + 3] = tanh(sum3 + t4) + x1[at1 + 3];
  }
}

const erf$series = /* @__PURE__ */ (() => {
  const series = new Float64Array(9 * 193);
  for (let i = 0; i < 193; i++) {
    const c = (i - 96) / 16;
    let term = 2 / Math.sqrt(Math.PI) * Math.exp(-c * c);
    for (let n = 0, last = 0; n < 8; n++) {
      series[9 * i + n + 1] = term;
      const next = -2 / (n + 2) * (c * term + n / (n + 1) * last);
      last = term;
      term = next;
    }
  }
  for (let i = 97; i < 193; i++) {
    series[9 * i] = erf$near(series, i - 1, 1 / 32) - erf$near(series, i, -1 / 32);
    series[9 * (192 - i)] = -series[9 * i];
  }
  return series;
})();
function erf$near(series, i, h) {
  const k = 9 * i;
  const s = h * h;
  const even = (((series[k + 8] * s + series[k + 6]) * s + series[k + 4]) * s + series[k + 2]) * s + series[k];
  return even + ((series[k + 7] * s + series[k + 5]) * s + series[k + 3]) * s * h + series[k + 1] * h;
}
function erf(x) {
  if (!(Math.abs(x) < 6 && x !== 0)) return Math.sign(x);
  const i = x * 16 + 96.5 | 0;
  return erf$near(erf$series, i, x - (i - 96) / 16);
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

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let slot2 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0, size_T = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    slot2 = new Float64Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_T = s[1];
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_T % 1 || (s && (s.length !== 3 || s[2] !== 4)) || x.length !== 4 * size_N * size_T) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > 4 * size_N * size_T ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 4 * size_N * size_T) slot0 = new Float64Array(4 * size_N * size_T);
    if (slot1.length < 4 * size_N * size_T) slot1 = new Float64Array(4 * size_N * size_T);
    if (slot2.length < 4 * size_N * size_T) slot2 = new Float64Array(4 * size_N * size_T);
  }
  function compute(x, y) {
    LayerNorm(x, p0, p1, slot0, size_N, size_T);
    Linear_GELU_map(slot0, p2, p3, x, slot1, size_N, size_T);
    LayerNorm(slot1, p4, p5, slot0, size_N, size_T);
    Linear_GELU_map(slot0, p6, p7, slot1, slot2, size_N, size_T);
    LayerNorm(slot2, p8, p9, slot0, size_N, size_T);
    Linear_Tanh_map(slot0, p10, p11, slot2, y, size_N, size_T);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 4 * size_N * size_T) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, size_T, 4]);
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
  const values = [1, 1, 1, 1, 0, 0, 0, 0, -0.00374341, 0.2682218, -0.41152257, -0.3679695, -0.19257718, 0.13407868, -0.00990659, 0.39644474,
    -0.044372022, 0.13230628, -0.15110654, -0.098282695, -0.47767425, -0.33114105, -0.20611155, 0.018521786, 0.1976676,
    0.3000114, -0.33897054, -0.21773142, 1, 1, 1, 1, 0, 0, 0, 0, 0.18160856, 0.41519397, -0.10290009, 0.37415588, -0.08059168,
    0.05290705, 0.4527381, -0.46383518, -0.31476897, -0.12658262, -0.19489998, 0.4320004, -0.32408983, -0.23016644,
    -0.34932023, -0.4682805, -0.29187024, 0.42979902, 0.22310919, 0.24233627, 1, 1, 1, 1, 0, 0, 0, 0, 0.026295781,
    -0.25634176, 0.08459234, -0.46684736, -0.36128312, -0.257765, 0.31546897, 0.29316062, -0.22174752, -0.018041193,
    0.31978035, 0.49706656, 0.19844109, 0.06754643, 0.33524317, -0.29440117, 0.093172014, -0.38765275, -0.34654307,
    -0.25829178];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 2, 4], data: new Float32Array(16).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[-0.340937, -3.447208, 0.15822, 0.186211].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 1e-5;
  }));
}

export default /* @__PURE__ */ create();
