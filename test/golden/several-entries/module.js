// nnc 0.1.0: source.nn, sha256 106cea42
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 5, 4] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 5, 3] }];
export const parameters = [
  { name: "head.0.weight", dtype: "f32", shape: [3, 4] },
  { name: "head.0.bias", dtype: "f32", shape: [3] },
];

function Linear(x, weight, bias, y, N) {
  const at = 5 * N;
  for (let i = 0; i < at; i++) {
    const at1 = 4 * i;
    const at3 = 3 * i;
    for (let k = 0; k < 3; k++) {
      let sum = 0;
      const at2 = 4 * k;
      for (let l = 0; l < 4; l++) {
        sum += x[at1 + l] * weight[at2 + l];
      }
      y[at3 + k] = sum + bias[k];
    }
  }
}

function Softmax(x, y, exponentials, N) {
  const at = 5 * N;
  for (let i = 0; i < at; i++) {
    let maximum = -Infinity;
    const at1 = 3 * i;
    for (let k = 0; k < 3; k++) {
      maximum = Math.max(maximum, x[at1 + k]);
    }
    let sum = 0;
    for (let l = 0; l < 3; l++) {
      const t = exp(x[at1 + l] - maximum);
      exponentials[l] = t;
      sum += t;
    }
    for (let l = 0; l < 3; l++) {
      y[at1 + l] = exponentials[l] / sum;
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

function count(shape) {
  let n = Array.isArray(shape) ? 1 : -1;
  for (let i = 0; n >= 0 && i < shape.length; i++) n = Number.isSafeInteger(shape[i]) && shape[i] >= 0 ? n * shape[i] : -1;
  return n;
}

function dataOf(port, value) {
  const { dtype = port.dtype, shape, data = value } = value ?? {};
  if (dtype !== port.dtype) refuse(port, data, dtype, value);
  if (data?.[Symbol.toStringTag] !== "Float32Array" || (shape && count(shape) !== data.length)) refuse(port, data, shape && count(shape), value);
  return data;
}

function tensor(port, value) {
  if (value?.data || value?.buffer) return value;
  const shape = [];
  for (let v = value; Array.isArray(v) && shape.length < 65; v = v[0]) shape.push(v.length);
  const total = count(shape);
  const data = total < 2 ** 28 && shape.reduce((level, n) => level.flatMap((v) => v?.length === n ? v : null), [value]);
  if (data.length !== total || !data.every((v) => typeof v === "number")) refuse(port, value);
  return { shape, data: Float32Array.from(data) };
}

function refuse({ name, dtype, shape }, data, got = data?.length) {
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}], not ${data && `${data.constructor.name}[${got}]`}`);
}

function own(ports) {
  return (name, shape) => {
    const { dtype } = ports.find((port) => port.name === name);
    return { dtype, shape, data: new Float32Array(count(shape)) };
  };
}

function unfit(reason) {
  throw new TypeError("weights " + reason.replace(/[^ -~]/g, escape));
}

function stateOf(weights) {
  if (weights?.byteLength >= 0) unfit("are inside: use nnc compile --external for files");
  const given = { __proto__: null, ...weights };
  const state = { __proto__: null };
  for (const port of parameters) {
    const { name, dtype, shape } = port;
    const one = given[name] ?? unfit(`lack ${name} in ${{}.toString.call(weights)} [${Object.keys(given).slice(0, 4)}]`);
    const value = tensor(port, one.data);
    const data = value.data ?? value;
    if (one.shape + "" != shape || data.length !== count(shape) || !(/^Float/.test(data[Symbol.toStringTag]))) refuse(port, data, one.shape);
    state[name] = { dtype, shape, data: new Float32Array(data) };
    delete given[name];
  }
  for (const name in given) unfit("have the unknown " + name);
  return state;
}

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0;
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
    } else {
      size_N = x.length / 20;
    }
    if (size_N % 1 || (s && (s.length !== 3 || s[1] !== 5 || s[2] !== 4)) || x.length !== 20 * size_N) refuse(inputs[0], x, s);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > 15 * size_N ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 15 * size_N) slot0 = new Float64Array(15 * size_N);
    if (slot1.length < 3) slot1 = new Float64Array(3);
  }
  function compute(x, y) {
    Linear(x, p0, p1, slot0, size_N);
    Softmax(slot0, y, slot1, size_N);
  }
  function run(ins, outs) {
    let x = bind_x(ins.x);
    fit();
    const y = dataOf(outputs[0], outs.y);
    if (y.length !== 15 * size_N) refuse(outputs[0], y);
    if (owned.has(y.buffer)) unfit("lie in y");
    if (x.buffer === y.buffer || x.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare0?.length !== x.length) spare0 = new Float32Array(x.length);
      spare0.set(x);
      x = spare0;
    }
    compute(x, y);
  }
  function model(x) {
    x = tensor(inputs[0], x);
    bind_x(x);
    fit();
    const y = { dtype: "f32", shape: [size_N, 5, 3], data: new Float32Array(15 * size_N) };
    compute(x.data ?? x, y.data);
    return y;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state, input: own(inputs), output: own(outputs),
    run, refresh() {}, dispose,
  });
}

function inside() {
  const values = [-0.00374341, 0.2682218, -0.41152257, -0.3679695, -0.19257718, 0.13407868, -0.00990659, 0.39644474, -0.044372022,
    0.13230628, -0.15110654, -0.098282695, -0.47767425, -0.33114105, -0.20611155];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const model = create();
  const y = model(made(model.input("x", [2, 5, 4])));
  return worst(y.data, [0.2636199, 0.1327289, 0.3351729, 0, 0.4423664, 0.1161337, 0.2647484, 0.3392106], 1e-6);
}

function made(tensor) {
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = 9 / (((i * 37) % 101) - 50.0003);
  return tensor;
}

function worst(data, wanted, within) {
  return Math.max(...wanted.map((want, i) => {
    const got = data[(i * data.length) / wanted.length | 0];
    return Object.is(got, want) ? 0 : Math.abs(got - want) / within;
  }));
}

export default /* @__PURE__ */ create();
