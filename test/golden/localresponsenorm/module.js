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
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_C % 1 || size_L % 1 || size_run$ % 1 || (s && (s.length < 3))) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, y) {
    LocalResponseNorm_ReLU(x, y, size_run$, size_C, size_L, size_N, bits(y));
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== size_C * size_L * size_N * size_run$) refuse(outputs[0], null, y);
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
    const lead = x.shape ? x.shape.slice(3) : size_run$ === 1 ? [] : [size_run$];
    const y = fresh(outputs[0], [size_N, size_C, size_L, ...lead]);
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

export function selfTest() {
  const { data } = create()({ shape: [2, 2, 2, 2], data: new Float32Array(16).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0, 0, 0.2045425, 0].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-7;
  }));
}

export default /* @__PURE__ */ create();
