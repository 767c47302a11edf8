// nnc 0.1.0: source.nn, sha256 68b467e6
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", "C", "..."] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", "(C // 2)", "..."] }];
export const parameters = [];

function GLU(x, y, run$, C, N) {
  const at = 4 * Math.floor(Math.floor(C / 2) * run$ / 4);
  const at2 = Math.floor(C / 2) * run$;
  for (let i = 0; i < N; i++) {
    const at1 = run$ * C * i;
    const at3 = run$ * C * i + at2;
    const at4 = at2 * i;
    for (let j = 0; j < at; j += 4) {
      y[at4 + j] = x[at1 + j] / (exp(-x[at3 + j]) + 1);
      y[at4 + j + 1] = x[at1 + j + 1] / (exp(-x[at3 + j + 1]) + 1);
      y[at4 + j + 2] = x[at1 + j + 2] / (exp(-x[at3 + j + 2]) + 1);
      y[at4 + j + 3] = x[at1 + j + 3] / (exp(-x[at3 + j + 3]) + 1);
    }
    for (let j = at; j < at2; j++) {
      y[at4 + j] = x[at1 + j] / (exp(-x[at3 + j]) + 1);
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
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_C % 1 || size_run$ % 1 || (s && (s.length < 2))) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    if (size_C !== 2 * Math.floor(size_C / 2)) throw new RangeError("GLU(dim=1) at source.nn:1:1: the size at dim 1 must be even");
  }
  function compute(x, y) {
    GLU(x, y, size_run$, size_C, size_N);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== Math.floor(size_C / 2) * size_N * size_run$) refuse(outputs[0], null, y);
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
    const lead = x.shape ? x.shape.slice(2) : size_run$ === 1 ? [] : [size_run$];
    const y = fresh(outputs[0], [size_N, Math.floor(size_C / 2), ...lead]);
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
  const { data } = create()({ shape: [2, 2, 2], data: new Float32Array(8).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[-0.10668, -0.307368, -1.276547, 0.20738].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-6;
  }));
}

export default /* @__PURE__ */ create();
