// nnc 0.1.0: source.nn, sha256 875a4771
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["...", 4] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["...", 8] }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [8, 4] },
  { name: "0.bias", dtype: "f32", shape: [8] },
];

function Linear_GELU(x, weight, bias, y, run$) {
  for (let i = 0; i < run$; i++) {
    const at = 4 * i;
    const at2 = 8 * i;
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
      const t1 = sum + bias[j];
      y[at2 + j] = t1 * 0.5 * (erf(t1 * 0.7071067811865476) + 1);
      const t2 = sum1 + bias[j + 1];
      y[at2 + j + 1] = t2 * 0.5 * (erf(t2 * 0.7071067811865476) + 1);
      const t3 = sum2 + bias[j + 2];
      y[at2 + j + 2] = t3 * 0.5 * (erf(t3 * 0.7071067811865476) + 1);
      const t4 = sum3 + bias[j + 3];
      y[at2 + j + 3] = t4 * 0.5 * (erf(t4 * 0.7071067811865476) + 1);
    }
  }
}

const erf$series = /* @__PURE__ */ (() => {
  const series = new Float64Array(9 * 193);
  for (let i = 0; i < 193; i++) {
    const c = (i - 96) / 16;
    let term = 2 / Math.sqrt(Math.PI) * Math.exp(-c * c);
    for (let n = 0, last = 0; n < 8; n++) {
      series[9 * i + n + 1] = term;
      const next = -2 / (n + 2) * (c * term + n / (n + 1) * last);
      last = term;
      term = next;
    }
  }
  for (let i = 97; i < 193; i++) {
    series[9 * i] = erf$near(series, i - 1, 1 / 32) - erf$near(series, i, -1 / 32);
    series[9 * (192 - i)] = -series[9 * i];
  }
  return series;
})();
function erf$near(series, i, h) {
  const k = 9 * i;
  const s = h * h;
  const even = (((series[k + 8] * s + series[k + 6]) * s + series[k + 4]) * s + series[k + 2]) * s + series[k];
  return even + ((series[k + 7] * s + series[k + 5]) * s + series[k + 3]) * s * h + series[k + 1] * h;
}
function erf(x) {
  if (!(Math.abs(x) < 6 && x !== 0)) return Math.sign(x);
  const i = x * 16 + 96.5 | 0;
  return erf$near(erf$series, i, x - (i - 96) / 16);
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
  const [p0, p1] = parameters.map(({ name }) => state[name].data);
  let spare0;
  let size_run$ = 0;
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    size_run$ = x.length / 4;
    if (size_run$ % 1 || (s && (s[s.length - 1] !== 4))) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, y) {
    Linear_GELU(x, p0, p1, y, size_run$);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 8 * size_run$) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [...lead, 8]);
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

function inside() {
  const values = [-0.00374341, 0.2682218, -0.41152257, -0.3679695, -0.19257718, 0.13407868, -0.00990659, 0.39644474, -0.044372022,
    0.13230628, -0.15110654, -0.098282695, -0.47767425, -0.33114105, -0.20611155, 0.018521786, 0.1976676, 0.3000114,
    -0.33897054, -0.21773142, 0.18160856, 0.41519397, -0.10290009, 0.37415588, -0.08059168, 0.05290705, 0.4527381,
    -0.46383518, -0.31476897, -0.12658262, -0.19489998, 0.4320004, -0.32408983, -0.23016644, -0.34932023, -0.4682805,
    -0.29187024, 0.42979902, 0.22310919, 0.24233627];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 4], data: new Float32Array(8).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[-0.1630093, -0.1654904, -0.1639026, -0.1599838].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-7;
  }));
}

export default /* @__PURE__ */ create();
