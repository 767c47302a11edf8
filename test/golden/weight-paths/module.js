// nnc 0.1.0: source.nn, sha256 8797f888
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 2] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 2] }];
export const parameters = [
  { name: "scale", dtype: "f32", shape: [2] },
  { name: "once.weight", dtype: "f32", shape: [2, 2] },
  { name: "once.bias", dtype: "f32", shape: [2] },
  { name: "a.weight", dtype: "f32", shape: [2, 2] },
  { name: "a.bias", dtype: "f32", shape: [2] },
  { name: "b.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "b.0.bias", dtype: "f32", shape: [2] },
  { name: "b.2.weight", dtype: "f32", shape: [2, 2] },
  { name: "b.2.bias", dtype: "f32", shape: [2] },
  { name: "stem.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "stem.0.bias", dtype: "f32", shape: [2] },
  { name: "stem.proj.weight", dtype: "f32", shape: [2, 2] },
  { name: "stem.proj.bias", dtype: "f32", shape: [2] },
  { name: "d.0.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "d.0.0.bias", dtype: "f32", shape: [2] },
  { name: "right.weight", dtype: "f32", shape: [2, 2] },
  { name: "right.bias", dtype: "f32", shape: [2] },
  { name: "e.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "e.0.bias", dtype: "f32", shape: [2] },
  { name: "inner.1.weight", dtype: "f32", shape: [2, 2] },
  { name: "inner.1.bias", dtype: "f32", shape: [2] },
  { name: "blocks.0.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "blocks.0.0.bias", dtype: "f32", shape: [2] },
  { name: "blocks.0.tail.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "blocks.0.tail.0.bias", dtype: "f32", shape: [2] },
  { name: "blocks.0.tail.2.weight", dtype: "f32", shape: [2, 2] },
  { name: "blocks.0.tail.2.bias", dtype: "f32", shape: [2] },
  { name: "blocks.1.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "blocks.1.0.bias", dtype: "f32", shape: [2] },
  { name: "blocks.1.tail.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "blocks.1.tail.0.bias", dtype: "f32", shape: [2] },
  { name: "blocks.1.tail.2.weight", dtype: "f32", shape: [2, 2] },
  { name: "blocks.1.tail.2.bias", dtype: "f32", shape: [2] },
  { name: "g.0.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "g.0.0.bias", dtype: "f32", shape: [2] },
  { name: "g.0.2.weight", dtype: "f32", shape: [2, 2] },
  { name: "g.0.2.bias", dtype: "f32", shape: [2] },
  { name: "g.1.h.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "g.1.h.0.bias", dtype: "f32", shape: [2] },
  { name: "g.1.out.weight", dtype: "f32", shape: [2, 2] },
  { name: "g.1.out.bias", dtype: "f32", shape: [2] },
  { name: "pair.0.weight", dtype: "f32", shape: [2, 2] },
  { name: "pair.0.bias", dtype: "f32", shape: [2] },
  { name: "pair.2.weight", dtype: "f32", shape: [2, 2] },
  { name: "pair.2.bias", dtype: "f32", shape: [2] },
  { name: "tied.weight", dtype: "f32", shape: [2, 2] },
  { name: "tied.bias", dtype: "f32", shape: [2] },
  { name: "0.weight", dtype: "f32", shape: [2, 2] },
  { name: "0.bias", dtype: "f32", shape: [2] },
];

function Linear(x, weight, bias, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 2 * i;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      const at1 = 2 * j;
      for (let k = 0; k < 2; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      y[at + j] = sum + bias[j];
    }
  }
}

function Linear_ReLU(x, weight, bias, y, N, y$bits) {
  for (let i = 0; i < N; i++) {
    const at = 2 * i;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      const at1 = 2 * j;
      for (let k = 0; k < 2; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      const t = sum + bias[j];
      y[at + j] = t;
      y$bits[2 * at + 2 * j] &= (t < 0 | 0) - 1;
      y$bits[2 * at + 2 * j + 1] &= (t < 0 | 0) - 1;
    }
  }
}

function Linear_Add(x, weight, bias, x1, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 2 * i;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      const at1 = 2 * j;
      for (let k = 0; k < 2; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      y[at + j] = x1[at + j] + (sum + bias[j]);
    }
  }
}

function Linear_map_ReLU(x, weight, bias, y, y1, N, y1$bits) {
  for (let i = 0; i < N; i++) {
    const at = 2 * i;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      const at1 = 2 * j;
      for (let k = 0; k < 2; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      const t = sum + bias[j] + x[at + j];
      y[at + j] = t;
      y1[at + j] = t;
      y1$bits[2 * at + 2 * j] &= (t < 0 | 0) - 1;
      y1$bits[2 * at + 2 * j + 1] &= (t < 0 | 0) - 1;
    }
  }
}

function Linear_map(x, weight, bias, x1, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 2 * i;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      const at1 = 2 * j;
      for (let k = 0; k < 2; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      y[at + j] = sum + bias[j] + x1[at + j];
    }
  }
}

function Linear_Tanh(x, weight, bias, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 2 * i;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      const at1 = 2 * j;
      for (let k = 0; k < 2; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      y[at + j] = tanh(sum + bias[j]);
    }
  }
}

function Linear_map_1(x, weight, bias, x1, x2, x3, x4, x5, x6, x7, x8, scale, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 2 * i;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      const at1 = 2 * j;
      for (let k = 0; k < 2; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      y[at + j] = (x1[at + j] + (sum + bias[j]) + x2[at + j] + x3[at + j] + x4[at + j] + x5[at + j] + x6[at + j] + x7[at + j] + x8[at + j]) * scale[j];
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

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19, p20, p21, p22, p23, p24, p25, p26, p27, p28, p29, p30, p31, p32, p33, p34, p35, p36, p37, p38, p39, p40, p41, p42, p43, p44, p45, p46, p47, p48] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let slot2 = new Float64Array(0);
  let slot3 = new Float64Array(0);
  let slot4 = new Float64Array(0);
  let slot5 = new Float64Array(0);
  let slot6 = new Float64Array(0);
  let slot7 = new Float64Array(0);
  let slot8 = new Float64Array(0);
  let slot9 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    slot2 = new Float64Array(0);
    slot3 = new Float64Array(0);
    slot4 = new Float64Array(0);
    slot5 = new Float64Array(0);
    slot6 = new Float64Array(0);
    slot7 = new Float64Array(0);
    slot8 = new Float64Array(0);
    slot9 = new Float64Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
    } else {
      size_N = x.length / 2;
    }
    if (size_N % 1 || (s && (s.length !== 2 || s[1] !== 2)) || x.length !== 2 * size_N) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    idle = slot0.length / 4 - 16384 > 2 * size_N ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 2 * size_N) slot0 = new Float64Array(2 * size_N);
    if (slot1.length < 2 * size_N) slot1 = new Float64Array(2 * size_N);
    if (slot2.length < 2 * size_N) slot2 = new Float64Array(2 * size_N);
    if (slot3.length < 2 * size_N) slot3 = new Float64Array(2 * size_N);
    if (slot4.length < 2 * size_N) slot4 = new Float64Array(2 * size_N);
    if (slot5.length < 2 * size_N) slot5 = new Float64Array(2 * size_N);
    if (slot6.length < 2 * size_N) slot6 = new Float64Array(2 * size_N);
    if (slot7.length < 2 * size_N) slot7 = new Float64Array(2 * size_N);
    if (slot8.length < 2 * size_N) slot8 = new Float64Array(2 * size_N);
    if (slot9.length < 2 * size_N) slot9 = new Float64Array(2 * size_N);
  }
  function compute(x, y) {
    Linear(x, p3, p4, slot0, size_N);
    Linear_ReLU(x, p5, p6, slot1, size_N, bits(slot1));
    Linear_ReLU(x, p9, p10, slot2, size_N, bits(slot2));
    Linear(slot2, p11, p12, slot3, size_N);
    Linear(x, p13, p14, slot2, size_N);
    Linear_Add(x, p15, p16, slot2, slot4, size_N);
    Linear_map_ReLU(x, p17, p18, slot2, slot5, size_N, bits(slot5));
    Linear_map(slot5, p19, p20, slot2, slot6, size_N);
    Linear(x, p21, p22, slot2, size_N);
    Linear_ReLU(slot2, p23, p24, slot5, size_N, bits(slot5));
    Linear(slot5, p25, p26, slot2, size_N);
    Linear(slot2, p27, p28, slot5, size_N);
    Linear_ReLU(slot5, p29, p30, slot2, size_N, bits(slot2));
    Linear(slot2, p31, p32, slot5, size_N);
    Linear_ReLU(x, p33, p34, slot2, size_N, bits(slot2));
    Linear(slot2, p35, p36, slot7, size_N);
    Linear_Tanh(slot7, p37, p38, slot2, size_N);
    Linear(slot2, p39, p40, slot7, size_N);
    Linear_ReLU(slot7, p41, p42, slot2, size_N, bits(slot2));
    Linear(slot2, p43, p44, slot7, size_N);
    Linear(x, p45, p46, slot2, size_N);
    Linear(slot2, p45, p46, slot8, size_N);
    Linear(x, p47, p48, slot2, size_N);
    Linear(slot2, p1, p2, slot9, size_N);
    Linear_map_1(slot1, p7, p8, slot0, slot3, slot4, slot6, slot5, slot7, slot8, slot9, p0, y, size_N);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 2 * size_N) refuse(outputs[0], null, y);
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
    fit();
    const y = fresh(outputs[0], [size_N, 2]);
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
  const text = "\
AACAPwAAgD8iea27nDbCPrH8FL8dOAW/1nCLvqsqQj5XimW8QIcPP96DgL2XmT8+XdNavhtUDr7C7yy/kMXvvp89lb5MlNY8ayCPPkA72T7ecPW+hqedvqd/\
gz73UBY/5wMVvnp1Bz8ea+m9NTyZPaHoIz8g7Se/xerjvqxPN75mH42+nmYcP4Wq6r6GqKa+U+/8viCJKb8tVtO+l5obP16MoT5feK8+SVIYPXucub5uAfU9\
TQQpv2jMAr9MpLq+h2zkPl1F1D72j6C+8gLRvLOL5z4S9TM/y6+PPqaiwz3yvfI+UivVvnDtBj5lWAy/iuz6vvIFu74Q0KM+/ZiRPlt01r64v1o+xb/GPkPI\
tr3PK908qsUnPq6Z4D5O0C0/bX8LvxythL7nSI4+xPsVPzyGHT9AuR8/FxoQPklpHb8oOIU9S37ivqSzKL+W1SA/y6MJP2SSNL/shgc+xvTzvVxP7r3HuaW+\
ZTmLPtBv1r5huIQ+/RW3PiuWAT/LXoc+RSkzv3ba6r53xbQ+5YwXPtU1Db8LeNC+N0sqP7jy8z6j252+Pz02vk1wLL8SPFC8d1EIv2ehC7/klR+96m7ZPQtE\
lL5d09Y+j1DcvmRAJD/lGvg+iKYYvyU2NL5nsAI9j0nTPYa7Kz7/Eo4+Sn0tPSqmsL4OUKs+gaQtvy6V1r4YQjW+l1qwvnFOfb4MXhS/sAUavrXGGj4W2+u+\
AqMUvTWVAT/k3pS9Xf2gPIbceb0uihI+zzLmPkp4Kz8w6uU+udwrP0R3Ub0";
  const bytes = new Uint8Array(text.length * 3 >> 2);
  for (let i = 0, bits = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    bits = bits << 6 | c + (c > 96 ? -71 : c > 64 ? -65 : c > 47 ? 4 : c > 43 ? 16 : 19);
    bytes[i * 3 >> 2] = bits >> 6 - i % 4 * 2;
  }
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new Float32Array(bytes.buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 2], data: new Float32Array(4).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[-2.497992, -1.177946, -1.190751, -1.031872].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-6;
  }));
}

export default /* @__PURE__ */ create();
