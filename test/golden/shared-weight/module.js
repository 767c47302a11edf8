// nnc 0.1.0: source.nn, sha256 0df859d9
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "tokens", dtype: "i32", shape: ["N"] }];
export const outputs = [{ name: "logits", dtype: "f32", shape: ["N", 10] }];
export const parameters = [
  { name: "wte.weight", dtype: "f32", shape: [10, 4], aliases: ["head.weight"] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function Embedding(weight, x, y, N) {
  for (let i = 0; i < N; i++) {
    const index = x[i];
    if (!(index >= 0 && index < 10)) throw new RangeError("Embedding(10, 4): index " + index + " is not in 0..9");
    const at = 4 * i;
    for (let j = 0; j < 4; j++) {
      y[at + j] = weight[j + 4 * index];
    }
  }
}

function Linear(x, weight, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 4 * i;
    const at2 = 10 * i;
    for (let j = 0; j < 8; j += 4) {
      let sum = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      const at1 = 4 * j;
      for (let k = 0; k < 4; k++) {
        const t = x[at + k];
        sum += t * weight[at1 + k];
        sum1 += t * weight[at1 + k + 4];
        sum2 += t * weight[at1 + k + 8];
        sum3 += t * weight[at1 + k + 12];
      }
      y[at2 + j] = sum;
      y[at2 + j + 1] = sum1;
      y[at2 + j + 2] = sum2;
      y[at2 + j + 3] = sum3;
    }
    for (let j = 8; j < 10; j++) {
      let sum = 0;
      const at3 = 4 * j;
      for (let k = 0; k < 4; k++) {
        sum += x[at + k] * weight[at3 + k];
      }
      y[at2 + j] = sum;
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
  if (!value?.flat) return value;
  const shape = [];
  const data = [];
  const place = [];
  const read = (v, axis) => {
    const list = v?.flat && axis < 64;
    if (list && (shape[axis] ??= data.length ? -1 : v.length) === v.length) v.forEach((one, i) => read(one, axis + 1, place[axis] = i));
    else if (!list && (port.dtype === "f32" ? typeof v === "number" : Number.isInteger(v) && v === (v | 0)) && axis === shape.length) data.push(v);
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
    const { name, dtype, shape, aliases = [] } = port;
    for (const other of aliases) {
      given[name] ??= given[other];
      delete given[other];
    }
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
  const [p0] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float32Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0;
  function dispose() {
    slot0 = new Float32Array(0);
    spare0 = undefined;
  }
  function bind_tokens(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
    } else {
      size_N = x.length;
    }
    if (size_N % 1 || (s && (s.length !== 1)) || x.length !== size_N) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > 4 * size_N ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 4 * size_N) slot0 = new Float32Array(4 * size_N);
  }
  function compute(tokens, logits) {
    Embedding(p0, tokens, slot0, size_N);
    Linear(slot0, p0, logits, size_N);
  }
  function run(ins, outs) {
    let tokens = bind_tokens(named(inputs, ins)?.tokens);
    fit();
    const logits = dataOf(outputs[0], named(outputs, outs)?.logits);
    if (logits.length !== 10 * size_N) refuse(outputs[0], null, logits);
    if (owned.has(logits.buffer)) unfit("lie in logits");
    if (tokens.buffer === logits.buffer || tokens.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare0?.length !== tokens.length) spare0 = new Int32Array(tokens.length);
      spare0.set(tokens);
      tokens = spare0;
    }
    compute(tokens, logits);
  }
  function model(tokens) {
    if (({}).toString.call(tokens) === "[object Object]" && !("data" in tokens)) tokens = named(inputs, tokens).tokens;
    tokens = tensor(inputs[0], tokens);
    bind_tokens(tokens);
    fit();
    const logits = fresh(outputs[0], [size_N, 10]);
    compute(tokens.data ?? tokens, logits.data);
    return logits;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state,
    input: (name, shape) => fresh(portOf(inputs, name), shape),
    output: (name, shape) => fresh(portOf(outputs, name), shape),
    run, refresh() {}, dispose,
  });
}

function inside() {
  const values = [-1.1258398, -1.1523602, -0.25057858, -0.4338788, 0.84871036, 0.69200915, -0.31601277, -2.1152194, 0.32227492, -1.2633348,
    0.3499832, 0.30813393, 0.11984151, 1.2376579, 1.1167772, -0.24727815, -1.3526537, -1.6959312, 0.5666506, 0.79350835,
    0.59883946, -1.5550951, -0.3413604, 1.8530061, -0.21586326, -0.74254817, 0.5627214, 0.2596274, -0.173961, -0.6787462,
    0.93826073, 0.48886982, 1.2032237, 0.0845347, -1.2001394, -0.004785738, -0.5180748, -0.3067042, -1.5809939, 1.7066433];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2], data: new Int32Array(2).map((_, i) => (i * 37) % 101 % 2) });
  return Math.max(...[2.84649, 0.39939, -0.756021, -4.379539].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 1e-5;
  }));
}

export default /* @__PURE__ */ create();
