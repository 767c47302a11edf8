// nnc 0.1.0: source.nn, sha256 bc08660f
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "query", dtype: "f32", shape: ["N", "T", 4] }, { name: "keys", dtype: "f32", shape: ["N", "S", 4] }, { name: "bias", dtype: "f32", shape: ["T", "S"] }];
export const outputs = [{ name: "attention", dtype: "f32", shape: ["N", "T", "S"] }];
export const parameters = [];

function contract_map(x, x1, x2, y, N, S, T) {
  const at = 4 * Math.floor(S / 4);
  for (let i = 0; i < N; i++) {
    const at1 = 4 * T * i;
    const at3 = 4 * S * i;
    const at6 = S * T * i;
    for (let j = 0; j < T; j++) {
      const at2 = at1 + 4 * j;
      const at5 = S * j;
      const at7 = S * j + at6;
      for (let k = 0; k < at; k += 4) {
        let sum = 0;
        let sum1 = 0;
        let sum2 = 0;
        let sum3 = 0;
        const at4 = at3 + 4 * k;
        for (let l = 0; l < 4; l++) {
          const t = x[at2 + l];
          sum += t * x1[at4 + l];
          sum1 += t * x1[at4 + l + 4];
          sum2 += t * x1[at4 + l + 8];
          sum3 += t * x1[at4 + l + 12];
        }
        y[at7 + k] = sum + x2[at5 + k];
        y[at7 + k + 1] = sum1 + x2[at5 + k + 1];
        y[at7 + k + 2] = sum2 + x2[at5 + k + 2];
        y[at7 + k + 3] = sum3 + x2[at5 + k + 3];
      }
      for (let k = at; k < S; k++) {
        let sum = 0;
        const at8 = at3 + 4 * k;
        for (let l = 0; l < 4; l++) {
          sum += x[at2 + l] * x1[at8 + l];
        }
        y[at7 + k] = sum + x2[at5 + k];
      }
    }
  }
}

function Softmax(x, y, exponentials, N, S, T) {
  const at = N * T;
  const at1 = 4 * Math.floor(S / 4);
  for (let i = 0; i < at; i++) {
    let maximum = -Infinity;
    let maximum1 = -Infinity;
    let maximum2 = -Infinity;
    let maximum3 = -Infinity;
    const at2 = S * i;
    for (let k = 0; k < at1; k += 4) {
      maximum = Math.max(maximum, x[at2 + k]);
      maximum1 = Math.max(maximum1, x[at2 + k + 1]);
      maximum2 = Math.max(maximum2, x[at2 + k + 2]);
      maximum3 = Math.max(maximum3, x[at2 + k + 3]);
    }
    for (let k = at1; k < S; k++) {
      maximum = Math.max(maximum, x[at2 + k]);
    }
    maximum = Math.max(maximum, Math.max(maximum1, Math.max(maximum2, maximum3)));
    let sum = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let l = 0; l < at1; l += 4) {
      const t = exp(x[at2 + l] - maximum);
      sum += t;
      const t1 = exp(x[at2 + l + 1] - maximum);
      sum1 += t1;
      const t2 = exp(x[at2 + l + 2] - maximum);
      sum2 += t2;
      const t3 = exp(x[at2 + l + 3] - maximum);
      sum3 += t3;
      exponentials[l] = t;
      exponentials[l + 1] = t1;
      exponentials[l + 2] = t2;
      exponentials[l + 3] = t3;
    }
    for (let l = at1; l < S; l++) {
      const t4 = exp(x[at2 + l] - maximum);
      exponentials[l] = t4;
      sum += t4;
    }
    sum += sum1 + (sum2 + sum3);
    for (let l = 0; l < at1; l += 4) {
      y[at2 + l] = exponentials[l] / sum;
      y[at2 + l + 1] = exponentials[l + 1] / sum;
      y[at2 + l + 2] = exponentials[l + 2] / sum;
      y[at2 + l + 3] = exponentials[l + 3] / sum;
    }
    for (let l = at1; l < S; l++) {
      y[at2 + l] = exponentials[l] / sum;
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
  if (tag !== "Float32Array") refuse(port, (tag ?? typeof data) + (data?.map ? `: give Float32Array.from(${port.name}, Number)` : data === undefined ? `: all of ${(inputs.includes(port) ? inputs : outputs).map(({ name }) => name).join(", ")} are wanted` : ""));
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

function portOf(ports, name) {
  for (const port of ports) if (port.name === name) return port;
  throw new TypeError(`there is no ${ports === inputs ? "input" : "output"} ${name}: there is ${ports.map((port) => port.name).join(", ")}`);
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
  let slot1 = new Float64Array(0);
  let spare0, spare1, spare2;
  let idle = 0;
  let size_N = 0, size_T = 0, size_S = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    spare0 = spare1 = spare2 = undefined;
  }
  function bind_query(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_T = s[1];
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_T % 1 || (s && (s.length !== 3 || s[2] !== 4)) || x.length !== 4 * size_N * size_T) refuse(inputs[0], s, x);
    return x;
  }
  function bind_keys(value) {
    const x = dataOf(inputs[1], value);
    const { shape: s } = value;
    if (s) {
      size_S = s[1];
    } else {
      size_S = x.length / (4 * size_N);
    }
    if (size_S % 1 || (s && (s.length !== 3 || s[0] !== size_N || s[2] !== 4)) || x.length !== 4 * size_N * size_S) refuse(inputs[1], s, x);
    return x;
  }
  function bind_bias(value) {
    const x = dataOf(inputs[2], value);
    const { shape: s } = value;
    if ((s && (s.length !== 2 || s[0] !== size_T || s[1] !== size_S)) || x.length !== size_S * size_T) refuse(inputs[2], s, x);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > size_N * size_S * size_T || slot1.length / 4 - 16384 > size_S ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < size_N * size_S * size_T) slot0 = new Float64Array(size_N * size_S * size_T);
    if (slot1.length < size_S) slot1 = new Float64Array(size_S);
  }
  function compute(query, keys, bias, attention) {
    contract_map(query, keys, bias, slot0, size_N, size_S, size_T);
    Softmax(slot0, attention, slot1, size_N, size_S, size_T);
  }
  function run(ins, outs) {
    let query = bind_query(named(inputs, ins)?.query);
    let keys = bind_keys(ins?.keys);
    let bias = bind_bias(ins?.bias);
    fit();
    const attention = dataOf(outputs[0], named(outputs, outs)?.attention);
    if (attention.length !== size_N * size_S * size_T) refuse(outputs[0], null, attention);
    if (query.buffer === attention.buffer || query.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare0?.length !== query.length) spare0 = new Float32Array(query.length);
      spare0.set(query);
      query = spare0;
    }
    if (keys.buffer === attention.buffer || keys.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare1?.length !== keys.length) spare1 = new Float32Array(keys.length);
      spare1.set(keys);
      keys = spare1;
    }
    if (bias.buffer === attention.buffer || bias.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare2?.length !== bias.length) spare2 = new Float32Array(bias.length);
      spare2.set(bias);
      bias = spare2;
    }
    compute(query, keys, bias, attention);
  }
  function model(query, keys, bias) {
    if (arguments.length > 3) throw new TypeError("there are 3 inputs: query, keys, bias");
    if (({}).toString.call(query) === "[object Object]" && !("data" in query)) ({ query, keys, bias } = named(inputs, query));
    query = tensor(inputs[0], query);
    keys = tensor(inputs[1], keys);
    bias = tensor(inputs[2], bias);
    bind_query(query);
    bind_keys(keys);
    bind_bias(bias);
    fit();
    const attention = fresh(outputs[0], [size_N, size_T, size_S]);
    compute(query.data ?? query, keys.data ?? keys, bias.data ?? bias, attention.data);
    return attention;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state,
    input: (name, shape) => fresh(portOf(inputs, name), shape),
    output: (name, shape) => fresh(portOf(outputs, name), shape),
    run, refresh() {}, dispose,
  });
}

export function selfTest() {
  const { data } = create()({ query: made([2, 2, 4]), keys: made([2, 2, 4]), bias: made([2, 2]) });
  return Math.max(...[0.779081, 0.000035, 0, 0].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 2e-6;
  }));
}

function made(shape) {
  return { shape, data: new Float32Array(count(shape)).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) };
}

export default /* @__PURE__ */ create();
