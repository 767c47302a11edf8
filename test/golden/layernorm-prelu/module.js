// nnc 0.1.0: source.nn, sha256 dff5c8f8
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["...", 10] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["...", 10] }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [10] },
  { name: "0.bias", dtype: "f32", shape: [10] },
  { name: "1.weight", dtype: "f32", shape: [1] },
];

function PReLU(weight, y) {
  y[0] = weight[0];
  y[1] = 1;
}

function LayerNorm_PReLU(x, weight, bias, prepared, y, run$) {
  for (let i = 0; i < run$; i++) {
    let sum = 0;
    let sum1 = 0;
    const at = 10 * i;
    const t = x[at];
    for (let j = 0; j < 10; j++) {
      const t1 = x[at + j] - t;
      sum += t1;
      sum1 += t1 * t1;
    }
    const t2 = sum / 10;
    const mean = t + t2;
    const t3 = 1 / Math.sqrt(sum1 / 10 - t2 * t2);
    for (let k = 0; k < 10; k++) {
      const t4 = (x[at + k] - mean) * t3 * weight[k] + bias[k];
      y[at + k] = t4 * prepared[0 < t4 | 0];
    }
  }
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
  const [p0, p1, p2] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float32Array(2);
  let spare0;
  let size_run$ = 0;
  function prepare() {
    PReLU(p2, prepared0);
  }
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    size_run$ = x.length / 10;
    if (size_run$ % 1 || (s && (s[s.length - 1] !== 10))) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, y) {
    LayerNorm_PReLU(x, p0, p1, prepared0, y, size_run$);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 10 * size_run$) refuse(outputs[0], null, y);
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
    const lead = x.shape ? x.shape.slice(0, -1) : size_run$ === 1 ? [] : [size_run$];
    const y = fresh(outputs[0], [...lead, 10]);
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
  const values = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.25];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 10], data: new Float32Array(20).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.087347, 0.510964, 0.333386, -0.75].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 2e-6;
  }));
}

export default /* @__PURE__ */ create();
