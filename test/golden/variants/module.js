// nnc 0.1.0: variants.nn, sha256 6a8fe045
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["...", 10] }];
export const outputs = [{ name: "ln", dtype: "f32", shape: ["...", 10] }, { name: "prelu", dtype: "f32", shape: ["...", 10] }, { name: "relu", dtype: "f32", shape: ["...", 10] }, { name: "leaky", dtype: "f32", shape: ["...", 10] }];
export const parameters = [
  { name: "ln.weight", dtype: "f32", shape: [10] },
  { name: "ln.bias", dtype: "f32", shape: [10] },
  { name: "prelu.weight", dtype: "f32", shape: [1] },
];

function PReLU(weight, y) {
  y[0] = weight[0];
  y[1] = 1;
}

function LeakyReLU(y) {
  y[0] = 0.01;
  y[1] = 1;
}

function LayerNorm_PReLU_ReLU_LeakyReLU(x, weight, bias, prepared, prepared1, y, y1, y2, y3, run$, y1$bits) {
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
      const t5 = 0 < t4 | 0;
      y[at + k] = t4 * prepared[t5];
      y1[at + k] = t4;
      y1$bits[at + k] &= (t4 < 0 | 0) - 1;
      y2[at + k] = t4 * prepared1[t5];
      y3[at + k] = t4;
    }
  }
}

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
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}], not ${given?.map ? `${dtype}[${given.join(", ")}]` : given ?? `${x[Symbol.toStringTag]}[${x.length}]`}`);
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

const views = /* @__PURE__ */ new WeakMap();
function bits(x) {
  let view = views.get(x);
  // Memory may have grown since, and the array with it.
  if (view?.byteLength !== x.byteLength) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.byteLength / 4)));
  return view;
}

function apart(arrays) {
  for (let i = 1; i < arrays.length; i++) for (let j = 0; j < i; j++) {
    const a = arrays[i];
    const b = arrays[j];
    const isOne = a.buffer === b.buffer;
    if (!isOne && ([a, b].some((x) => x.buffer[Symbol.toStringTag] === "ArrayBuffer"))) continue;
    const at = Math.max(a.byteOffset, b.byteOffset);
    if (at < Math.min(a.byteOffset + a.byteLength, b.byteOffset + b.byteLength) && (isOne || isSeen(a.buffer, b.buffer, at))) throw new TypeError(`${outputs[j].name} and ${outputs[i].name} overlap in memory`);
  }
}

function isSeen(a, b, at) {
  const one = new Uint8Array(a, at, 1);
  const other = new Uint8Array(b, at, 1);
  const [was, old] = [one[0], other[0]];
  one[0] = ~old;
  const seen = other[0] !== old;
  one[0] = was;
  return seen;
}

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float32Array(2);
  const prepared1 = new Float64Array(2);
  let spare0;
  const written = [];
  let size_run$ = 0;
  function prepare() {
    PReLU(p2, prepared0);
    LeakyReLU(prepared1);
  }
  function dispose() {
    spare0 = undefined;
    written.length = 0;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    size_run$ = x.length / 10;
    if (size_run$ % 1 || (s && (s[s.length - 1] !== 10))) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, ln, prelu, relu, leaky) {
    LayerNorm_PReLU_ReLU_LeakyReLU(x, p0, p1, prepared0, prepared1, prelu, relu, leaky, ln, size_run$, bits(relu));
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const ln = dataOf(outputs[0], named(outputs, outs)?.ln);
    if (ln.length !== 10 * size_run$) refuse(outputs[0], null, ln);
    if (owned.has(ln.buffer)) unfit("lie in ln");
    written[0] = ln;
    const prelu = dataOf(outputs[1], outs?.prelu);
    if (prelu.length !== 10 * size_run$) refuse(outputs[1], null, prelu);
    if (owned.has(prelu.buffer)) unfit("lie in prelu");
    written[1] = prelu;
    const relu = dataOf(outputs[2], outs?.relu);
    if (relu.length !== 10 * size_run$) refuse(outputs[2], null, relu);
    if (owned.has(relu.buffer)) unfit("lie in relu");
    written[2] = relu;
    const leaky = dataOf(outputs[3], outs?.leaky);
    if (leaky.length !== 10 * size_run$) refuse(outputs[3], null, leaky);
    if (owned.has(leaky.buffer)) unfit("lie in leaky");
    written[3] = leaky;
    apart(written);
    if (x.buffer === ln.buffer || x.buffer === prelu.buffer || x.buffer === relu.buffer || x.buffer === leaky.buffer || x.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare0?.length !== x.length) spare0 = new Float32Array(x.length);
      spare0.set(x);
      x = spare0;
    }
    compute(x, ln, prelu, relu, leaky);
  }
  function model(x) {
    if (({}).toString.call(x) === "[object Object]" && !("data" in x)) x = named(inputs, x).x;
    x = tensor(inputs[0], x);
    bind_x(x);
    const lead = x.shape ? x.shape.slice(0, -1) : size_run$ === 1 ? [] : [size_run$];
    const ln = fresh(outputs[0], [...lead, 10]);
    const prelu = fresh(outputs[1], [...lead, 10]);
    const relu = fresh(outputs[2], [...lead, 10]);
    const leaky = fresh(outputs[3], [...lead, 10]);
    compute(x.data ?? x, ln.data, prelu.data, relu.data, leaky.data);
    return { ln, prelu, relu, leaky };
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
  const y = create()({ shape: [2, 10], data: new Float32Array(20).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(
    worst(y["ln"], [0.087347, 0.510964, 0.333386, -3], 1e-5),
    worst(y["prelu"], [0.087347, 0.510964, 0.333386, -0.75], 2e-6),
    worst(y["relu"], [0.0873473, 0.5109635, 0.3333856, 0], 1e-6),
    worst(y["leaky"], [0.0873473, 0.5109635, 0.3333856, -0.03], 1e-6),
  );
}

function worst({ data }, wanted, within) {
  return Math.max(...wanted.map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / within;
  }));
}

export default /* @__PURE__ */ create();
