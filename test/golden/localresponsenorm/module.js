// nnc 0.1.0: source.nn, sha256 caf9fa4b
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", "C", "L", "..."] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", "C", "L", "..."] }];
export const parameters = [];

function LocalResponseNorm_ReLU(x, y, run$, C, L, N, y$bits) {
  const at = run$ * L;
  const at3 = 0 - (run$ * L);
  for (let i = 0; i < N; i++) {
    const at4 = run$ * C * L * i + at3;
    const at7 = run$ * C * L * i;
    for (let j = 0; j < C; j++) {
      const at1 = Math.max(1 - j, 0);
      const at2 = Math.min(3, C + 1 - j);
      const at5 = run$ * L * j + at4;
      const at8 = run$ * L * j + at7;
      for (let k = 0; k < at; k++) {
        let sum = 0;
        const at6 = at5 + k;
        for (let m = at1; m < at2; m++) {
          const t = x[run$ * L * m + at6];
          sum += t * t;
        }
        const t1 = x[at8 + k] / pow(sum * 0.000033333333333333335 + 1, 0.75);
        y[at8 + k] = t1;
        y$bits[at8 + k] &= (t1 < 0 | 0) - 1;
      }
    }
  }
}

// As in C and PyTorch: 1 ** y is 1 even for NaN.
function pow(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

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

const views = /* @__PURE__ */ new WeakMap();
function bits(x) {
  let view = views.get(x);
  // Memory may have grown since, and the array with it.
  if (view?.byteLength !== x.byteLength) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.byteLength / 4)));
  return view;
}

export function create({ weights } = {}) {
  const state = {};
  let spare0;
  let size_N = 0, size_C = 0, size_L = 0, size_run$ = 0;
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_C = s[1];
      size_L = s[2];
      size_run$ = 1;
      for (let i = 3; i < s.length; i++) size_run$ *= s[i];
    } else refuse(inputs[0], x, s);
    if (size_N % 1 || size_C % 1 || size_L % 1 || size_run$ % 1 || (s && (s.length < 3))) refuse(inputs[0], x, s);
    return x;
  }
  function compute(x, y) {
    LocalResponseNorm_ReLU(x, y, size_run$, size_C, size_L, size_N, bits(y));
  }
  function run(ins, outs) {
    let x = bind_x(ins.x);
    const y = dataOf(outputs[0], outs.y);
    if (y.length !== size_C * size_L * size_N * size_run$) refuse(outputs[0], y);
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
    const lead = x.shape ? x.shape.slice(3) : size_run$ === 1 ? [] : [size_run$];
    const y = { dtype: "f32", shape: [size_N, size_C, size_L, ...lead], data: new Float32Array(size_C * size_L * size_N * size_run$) };
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
  const y = model(made(model.input("x", [2, 2, 2, 2])));
  return worst(y.data, [0, 0.3750025, 0, 0, 0.2045425, 0.5294166, 0, 0], 2e-6);
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
