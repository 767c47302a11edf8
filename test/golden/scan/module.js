// nnc 0.1.0: source.nn, sha256 2d9617df
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", "T", 3] }];
export const outputs = [{ name: "table", dtype: "f32", shape: ["N", "T", 3] }, { name: "h", dtype: "f32", shape: ["N", 3] }];
export const parameters = [
  { name: "decay.weight", dtype: "f32", shape: [3, 3] },
];

function Scan(y, N) {
  const at = 4 * Math.floor(3 * N / 4);
  for (let i = 0; i < at; i += 4) {
    y[i] = 0;
    y[i + 1] = 0;
    y[i + 2] = 0;
    y[i + 3] = 0;
  }
  const at1 = 3 * N;
  for (let i = at; i < at1; i++) {
    y[i] = 0;
  }
}

function Linear_Tanh_map(x, weight, x1, y, y1, N, T, scan$0) {
  const at2 = 3 * scan$0;
  for (let i = 0; i < N; i++) {
    const at = 3 * i;
    const at3 = 3 * T * i + at2;
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      const at1 = 3 * j;
      for (let k = 0; k < 3; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      const t = x1[at3 + j];
      const t1 = tanh(sum) + t;
      y[at + j] = t1;
      y1[at + j] = t1 * t;
    }
  }
}

function Scan_1(x, y, N, scan$0) {
  const at = 4 * Math.floor(3 * N / 4);
  const at1 = 3 * N * scan$0;
  for (let i = 0; i < at; i += 4) {
    y[at1 + i] = x[i];
    y[at1 + i + 1] = x[i + 1];
    y[at1 + i + 2] = x[i + 2];
    y[at1 + i + 3] = x[i + 3];
  }
  const at2 = 3 * N;
  for (let i = at; i < at2; i++) {
    y[at1 + i] = x[i];
  }
}

function Scan_2(x, y, N) {
  const at = 4 * Math.floor(3 * N / 4);
  for (let i = 0; i < at; i += 4) {
    y[i] = x[i];
    y[i + 1] = x[i + 1];
    y[i + 2] = x[i + 2];
    y[i + 3] = x[i + 3];
  }
  const at1 = 3 * N;
  for (let i = at; i < at1; i++) {
    y[i] = x[i];
  }
}

function Scan_3(y, N) {
  const at = 4 * Math.floor(N / 4);
  for (let i = 0; i < at; i += 4) {
    y[i] = 0;
    y[i + 1] = 0;
    y[i + 2] = 0;
    y[i + 3] = 0;
  }
  for (let i = at; i < N; i++) {
    y[i] = 0;
  }
}

function map(x, x1, y, N, scan$1, scan$2) {
  const at = 4 * Math.floor(N / 4);
  const at1 = 3 * N * scan$1 + scan$2;
  for (let i = 0; i < at; i += 4) {
    y[i] = x[i] + x1[at1 + 3 * i];
    y[i + 1] = x[i + 1] + x1[at1 + 3 * i + 3];
    y[i + 2] = x[i + 2] + x1[at1 + 3 * i + 6];
    y[i + 3] = x[i + 3] + x1[at1 + 3 * i + 9];
  }
  for (let i = at; i < N; i++) {
    y[i] = x[i] + x1[at1 + 3 * i];
  }
}

function Scan_4(x, y, N, scan$2) {
  const at = 4 * Math.floor(N / 4);
  const at1 = N * scan$2;
  for (let i = 0; i < at; i += 4) {
    y[at1 + i] = x[i];
    y[at1 + i + 1] = x[i + 1];
    y[at1 + i + 2] = x[i + 2];
    y[at1 + i + 3] = x[i + 3];
  }
  for (let i = at; i < N; i++) {
    y[at1 + i] = x[i];
  }
}

function Scan_5(x, y, N) {
  const at = 4 * Math.floor(N / 4);
  for (let i = 0; i < at; i += 4) {
    y[i] = x[i];
    y[i + 1] = x[i + 1];
    y[i + 2] = x[i + 2];
    y[i + 3] = x[i + 3];
  }
  for (let i = at; i < N; i++) {
    y[i] = x[i];
  }
}

function Scan_6(x, y, N, scan$1) {
  const at = 4 * Math.floor(N / 4);
  const at1 = 3 * N * scan$1;
  for (let i = 0; i < at; i += 4) {
    const at2 = at1 + 3 * i;
    for (let j = 0; j < 3; j++) {
      y[at2 + j] = x[N * j + i];
      y[at2 + j + 3] = x[N * j + i + 1];
      y[at2 + j + 6] = x[N * j + i + 2];
      y[at2 + j + 9] = x[N * j + i + 3];
    }
  }
  for (let i = at; i < N; i++) {
    const at3 = at1 + 3 * i;
    for (let j = 0; j < 3; j++) {
      y[at3 + j] = x[N * j + i];
    }
  }
}

function Scan_7(x, y, N, T) {
  for (let i = 0; i < N; i++) {
    const at = 3 * i;
    const at2 = 3 * T * i;
    for (let j = 0; j < T; j++) {
      const at1 = 3 * N * j + at;
      const at3 = at2 + 3 * j;
      for (let k = 0; k < 3; k++) {
        y[at3 + k] = x[at1 + k];
      }
    }
  }
}

const exp$roots = /* @__PURE__ */ (() => new Float64Array(64).map((_, i) => 2 ** ((i - 32) / 64)))();
const exp$powers = /* @__PURE__ */ (() => new Float64Array(2048).map((_, i) => 2 ** (i - 1023)))();

const expm1$roots = /* @__PURE__ */ (() => new Float64Array(64).map((_, i) => Math.expm1((i - 32) / 64 * Math.LN2)))();
function expm1(x) {
  if (!(Math.abs(x) < 708 && x !== 0)) return Math.expm1(x);
  const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;
  const r = x - n * 0.010830424609594047 - n * 8.66550983900947e-11;
  const s = r * r;
  const i = n | 0;
  const power = exp$powers[(i + 32 >> 6) + 1023];
  const root = expm1$roots[i + 32 & 63];
  const rest = root + (1 + root) * (r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120) + s * (1 / 720))));
  return power - 1 + power * rest;
}

function tanh(x) {
  if (!(Math.abs(x) < 20)) return Math.sign(x);
  const t = expm1(2 * x);
  return t / (t + 2);
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
  const [p0] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let slot2 = new Float64Array(0);
  let slot3 = new Float64Array(0);
  let slot4 = new Float64Array(0);
  let slot5 = new Float64Array(0);
  let spare0;
  const written = [];
  let idle = 0;
  let size_N = 0, size_T = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    slot2 = new Float64Array(0);
    slot3 = new Float64Array(0);
    slot4 = new Float64Array(0);
    slot5 = new Float64Array(0);
    spare0 = undefined;
    written.length = 0;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_T = s[1];
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_T % 1 || (s && (s.length !== 3 || s[2] !== 3)) || x.length !== 3 * size_N * size_T) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > 3 * size_N || slot1.length / 4 - 16384 > Math.max(3 * size_N, size_N) || slot2.length / 4 - 16384 > Math.max(3 * size_N, 3 * size_N * size_T) || slot3.length / 4 - 16384 > 3 * size_N * size_T || slot4.length / 4 - 16384 > size_N ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 3 * size_N) slot0 = new Float64Array(3 * size_N);
    if (slot1.length < Math.max(3 * size_N, size_N)) slot1 = new Float64Array(Math.max(3 * size_N, size_N));
    if (slot2.length < Math.max(3 * size_N, 3 * size_N * size_T)) slot2 = new Float64Array(Math.max(3 * size_N, 3 * size_N * size_T));
    if (slot3.length < 3 * size_N * size_T) slot3 = new Float64Array(3 * size_N * size_T);
    if (slot4.length < size_N) slot4 = new Float64Array(size_N);
    if (slot5.length < 3 * size_N) slot5 = new Float64Array(3 * size_N);
  }
  function compute(x, table, h) {
    Scan(slot0, size_N);
    for (let size_scan$0 = 0; size_scan$0 < size_T; size_scan$0++) {
      Linear_Tanh_map(slot0, p0, x, slot1, slot2, size_N, size_T, size_scan$0);
      Scan_1(slot2, slot3, size_N, size_scan$0);
      Scan_2(slot1, slot0, size_N);
    }
    for (let size_scan$1 = size_T - 1; size_scan$1 >= 0; size_scan$1--) {
      Scan_3(slot1, size_N);
      for (let size_scan$2 = 0; size_scan$2 < 3; size_scan$2++) {
        map(slot1, slot3, slot4, size_N, size_scan$1, size_scan$2);
        Scan_4(slot1, slot5, size_N, size_scan$2);
        Scan_5(slot4, slot1, size_N);
      }
      Scan_6(slot5, slot2, size_N, size_scan$1);
    }
    Scan_7(slot2, table, size_N, size_T);
    Scan_2(slot0, h, size_N);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const table = dataOf(outputs[0], named(outputs, outs)?.table);
    if (table.length !== 3 * size_N * size_T) refuse(outputs[0], null, table);
    if (owned.has(table.buffer)) unfit("lie in table");
    written[0] = table;
    const h = dataOf(outputs[1], outs?.h);
    if (h.length !== 3 * size_N) refuse(outputs[1], null, h);
    if (owned.has(h.buffer)) unfit("lie in h");
    written[1] = h;
    apart(written);
    if (x.buffer === table.buffer || x.buffer === h.buffer || x.buffer[Symbol.toStringTag] !== "ArrayBuffer") {
      if (spare0?.length !== x.length) spare0 = new Float32Array(x.length);
      spare0.set(x);
      x = spare0;
    }
    compute(x, table, h);
  }
  function model(x) {
    if (({}).toString.call(x) === "[object Object]" && !("data" in x)) x = named(inputs, x).x;
    x = tensor(inputs[0], x);
    bind_x(x);
    fit();
    const table = fresh(outputs[0], [size_N, size_T, 3]);
    const h = fresh(outputs[1], [size_N, 3]);
    compute(x.data ?? x, table.data, h.data);
    return { table, h };
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state,
    input: (name, shape) => fresh(portOf(inputs, name), shape),
    output: (name, shape) => fresh(portOf(outputs, name), shape),
    run, refresh() {}, dispose,
  });
}

function inside() {
  const values = [-0.0043225177, 0.30971584, -0.47518533, -0.4248946, -0.22236897, 0.15482073, -0.011439145, 0.45777494, -0.0512364];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const y = create()({ shape: [2, 2, 3], data: new Float32Array(12).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(
    worst(y["table"], [0, 0, 0, 0], 5e-44),
    worst(y["h"], [-0.597937, -2.718962, -0.156557, 0.403316], 1e-5),
  );
}

function worst({ data }, wanted, within) {
  return Math.max(...wanted.map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / within;
  }));
}

export default /* @__PURE__ */ create();
