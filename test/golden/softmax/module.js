// nnc 0.1.0: source.nn, sha256 7c50c3b7
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["...", "D"] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["...", "D"] }];
export const parameters = [];

function Softmax(x, y, exponentials, run$, D) {
  const at = 4 * Math.floor(D / 4);
  for (let i = 0; i < run$; i++) {
    let maximum = -Infinity;
    let maximum1 = -Infinity;
    let maximum2 = -Infinity;
    let maximum3 = -Infinity;
    const at1 = D * i;
    for (let j = 0; j < at; j += 4) {
      maximum = Math.max(maximum, x[at1 + j]);
      maximum1 = Math.max(maximum1, x[at1 + j + 1]);
      maximum2 = Math.max(maximum2, x[at1 + j + 2]);
      maximum3 = Math.max(maximum3, x[at1 + j + 3]);
    }
    for (let j = at; j < D; j++) {
      maximum = Math.max(maximum, x[at1 + j]);
    }
    maximum = Math.max(maximum, Math.max(maximum1, Math.max(maximum2, maximum3)));
    let sum = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let k = 0; k < at; k += 4) {
      const t = exp(x[at1 + k] - maximum);
      sum += t;
      const t1 = exp(x[at1 + k + 1] - maximum);
      sum1 += t1;
      const t2 = exp(x[at1 + k + 2] - maximum);
      sum2 += t2;
      const t3 = exp(x[at1 + k + 3] - maximum);
      sum3 += t3;
      exponentials[k] = t;
      exponentials[k + 1] = t1;
      exponentials[k + 2] = t2;
      exponentials[k + 3] = t3;
    }
    for (let k = at; k < D; k++) {
      const t4 = exp(x[at1 + k] - maximum);
      exponentials[k] = t4;
      sum += t4;
    }
    sum += sum1 + (sum2 + sum3);
    for (let k = 0; k < at; k += 4) {
      y[at1 + k] = exponentials[k] / sum;
      y[at1 + k + 1] = exponentials[k + 1] / sum;
      y[at1 + k + 2] = exponentials[k + 2] / sum;
      y[at1 + k + 3] = exponentials[k + 3] / sum;
    }
    for (let k = at; k < D; k++) {
      y[at1 + k] = exponentials[k] / sum;
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
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}], not ${given?.map ? `${dtype}[${given.join(", ")}]` : given ?? `${x[Symbol.toStringTag]}[${x.length}]`}`);
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
  let slot0 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_run$ = 0, size_D = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_D = s[s.length - 1];
      size_run$ = 1;
      for (let i = 0; i < s.length - 1; i++) size_run$ *= s[i];
    } else {
      size_D = x.length;
      size_run$ = 1;
    }
    if (size_run$ % 1 || size_D % 1 || (s && (s.length < 1))) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > size_D ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < size_D) slot0 = new Float64Array(size_D);
  }
  function compute(x, y) {
    Softmax(x, y, slot0, size_run$, size_D);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== size_D * size_run$) refuse(outputs[0], null, y);
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
    const lead = x.shape ? x.shape.slice(0, -1) : size_run$ === 1 ? [] : [size_run$];
    const y = fresh(outputs[0], [...lead, size_D]);
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
  const { data } = create()({ shape: [2, 2], data: new Float32Array(4).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.625344, 0.374656, 0.645657, 0.354343].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 2e-6;
  }));
}

export default /* @__PURE__ */ create();
