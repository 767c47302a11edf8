// nnc 0.1.0: source.nn, sha256 68b467e6
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", "C", "..."] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", "(C // 2)", "..."] }];
export const parameters = [];

function GLU(x, y, run$, C, N) {
  const at = Math.floor(C / 2) * run$;
  for (let i = 0; i < N; i++) {
    const at1 = run$ * C * i;
    const at2 = run$ * C * i + at;
    const at3 = Math.floor(C / 2) * run$ * i;
    const whole$ = 4 * Math.floor(at / 4);
    for (let j = 0; j < whole$; j += 4) {
      y[at3 + j] = x[at1 + j] / (exp(-x[at2 + j]) + 1);
      y[at3 + j + 1] = x[at1 + j + 1] / (exp(-x[at2 + j + 1]) + 1);
      y[at3 + j + 2] = x[at1 + j + 2] / (exp(-x[at2 + j + 2]) + 1);
      y[at3 + j + 3] = x[at1 + j + 3] / (exp(-x[at2 + j + 3]) + 1);
    }
    for (let j = whole$; j < at; j++) {
      y[at3 + j] = x[at1 + j] / (exp(-x[at2 + j]) + 1);
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

export function create({ weights } = {}) {
  const state = {};
  let spare0;
  let size_N = 0, size_C = 0, size_run$ = 0;
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_C = s[1];
      size_run$ = 1;
      for (let i = 2; i < s.length; i++) size_run$ *= s[i];
    } else refuse(inputs[0], x, s);
    if (size_N % 1 || size_C % 1 || size_run$ % 1 || (s && (s.length < 2))) refuse(inputs[0], x, s);
    return x;
  }
  function fit() {
    if (size_C !== 2 * Math.floor(size_C / 2)) throw new RangeError("GLU(dim=1) at source.nn:1:1: the size at dim 1 must be even");
  }
  function compute(x, y) {
    GLU(x, y, size_run$, size_C, size_N);
  }
  function run(ins, outs) {
    let x = bind_x(ins.x);
    fit();
    const y = dataOf(outputs[0], outs.y);
    if (y.length !== Math.floor(size_C / 2) * size_N * size_run$) refuse(outputs[0], y);
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
    const lead = x.shape ? x.shape.slice(2) : size_run$ === 1 ? [] : [size_run$];
    const y = { dtype: "f32", shape: [size_N, Math.floor(size_C / 2), ...lead], data: new Float32Array(Math.floor(size_C / 2) * size_N * size_run$) };
    compute(x.data ?? x, y.data);
    return y;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state, input: own(inputs), output: own(outputs),
    run, refresh() {}, dispose,
  });
}

export function selfTest() {
  const model = create();
  const y = model(made(model.input("x", [2, 2, 2])));
  return worst(y.data, [-0.1066796, -0.3073682, -1.276547, 0.2073804], 5e-6);
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
