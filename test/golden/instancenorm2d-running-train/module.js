// nnc 0.1.0: source.nn, sha256 81b3c649
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 6, "H", "W"], unbatched: true }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 6, "H", "W"], unbatched: true }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [6] },
  { name: "0.bias", dtype: "f32", shape: [6] },
  { name: "0.running_mean", dtype: "f32", shape: [6] },
  { name: "0.running_var", dtype: "f32", shape: [6] },
  { name: "0.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function InstanceNorm2d_ReLU(x, running_mean, running_var, weight, bias, y, y1, y2, rows, rows1, H, N, W, y2$bits) {
  const at = H * W;
  const at3 = Math.floor(H / 3) * W + Math.floor(W / 3);
  const at5 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3);
  for (let i = 0; i < N; i++) {
    const at1 = 6 * H * W * i;
    const at4 = 6 * H * W * i + at3;
    const at6 = 6 * H * W * i + at5;
    const at7 = 6 * i;
    for (let j = 0; j < 6; j++) {
      let sum = 0;
      let sum1 = 0;
      const at2 = H * W * j + at1;
      const t = x[H * W * j + at1];
      const t1 = x[H * W * j + at4];
      const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[H * W * j + at6]));
      const t3 = t2 - t2 == 0 ? t2 : 0;
      let sum$1 = 0;
      let sum$2 = 0;
      let sum$3 = 0;
      let sum1$1 = 0;
      let sum1$2 = 0;
      let sum1$3 = 0;
      const whole$ = 4 * Math.floor(at / 4);
      for (let k = 0; k < whole$; k += 4) {
        const t4 = x[at2 + k] - t3;
        sum += t4;
        sum1 += t4 * t4;
        const t4$1 = x[at2 + k + 1] - t3;
        sum$1 += t4$1;
        sum1$1 += t4$1 * t4$1;
        const t4$2 = x[at2 + k + 2] - t3;
        sum$2 += t4$2;
        sum1$2 += t4$2 * t4$2;
        const t4$3 = x[at2 + k + 3] - t3;
        sum$3 += t4$3;
        sum1$3 += t4$3 * t4$3;
      }
      for (let k = whole$; k < at; k++) {
        const t4 = x[at2 + k] - t3;
        sum += t4;
        sum1 += t4 * t4;
      }
      sum += sum$1 + (sum$2 + sum$3);
      sum1 += sum1$1 + (sum1$2 + sum1$3);
      rows[at7 + j] = sum;
      rows1[at7 + j] = sum1;
      const t5 = sum / at;
      const mean = t3 + t5;
      const t6 = 1 / Math.sqrt(sum1 / at - t5 * t5 + 0.00001);
      const t7 = weight[j];
      const t8 = bias[j];
      const whole$1 = 4 * Math.floor(at / 4);
      for (let m = 0; m < whole$1; m += 4) {
        const t9 = (x[at2 + m] - mean) * t6 * t7 + t8;
        const t9$1 = (x[at2 + m + 1] - mean) * t6 * t7 + t8;
        const t9$2 = (x[at2 + m + 2] - mean) * t6 * t7 + t8;
        const t9$3 = (x[at2 + m + 3] - mean) * t6 * t7 + t8;
        y2[at2 + m] = t9;
        y2$bits[at2 + m] &= (t9 < 0 | 0) - 1;
        y2[at2 + m + 1] = t9$1;
        y2$bits[at2 + m + 1] &= (t9$1 < 0 | 0) - 1;
        y2[at2 + m + 2] = t9$2;
        y2$bits[at2 + m + 2] &= (t9$2 < 0 | 0) - 1;
        y2[at2 + m + 3] = t9$3;
        y2$bits[at2 + m + 3] &= (t9$3 < 0 | 0) - 1;
      }
      for (let m = whole$1; m < at; m++) {
        const t9 = (x[at2 + m] - mean) * t6 * t7 + t8;
        y2[at2 + m] = t9;
        y2$bits[at2 + m] &= (t9 < 0 | 0) - 1;
      }
    }
  }
  const t14 = at / (H * W - 1);
  const t15 = at == 0;
  for (let j = 0; j < 6; j++) {
    let sum2 = 0;
    let sum3 = 0;
    const at8 = H * W * j;
    const at9 = H * W * j + at3;
    const at10 = H * W * j + at5;
    let sum2$1 = 0;
    let sum2$2 = 0;
    let sum2$3 = 0;
    let sum3$1 = 0;
    let sum3$2 = 0;
    let sum3$3 = 0;
    const whole$2 = 4 * Math.floor(N / 4);
    for (let i = 0; i < whole$2; i += 4) {
      const t10 = x[6 * H * W * i + at8];
      const t11 = x[6 * H * W * i + at9];
      const t12 = Math.max(Math.min(t10, t11), Math.min(Math.max(t10, t11), x[6 * H * W * i + at10]));
      const t13 = rows[6 * i + j] / at;
      sum2 += (t12 - t12 == 0 ? t12 : 0) + t13;
      sum3 += (rows1[6 * i + j] / at - t13 * t13) * t14;
      const t10$1 = x[6 * H * W + 6 * H * W * i + at8];
      const t11$1 = x[6 * H * W + 6 * H * W * i + at9];
      const t12$1 = Math.max(Math.min(t10$1, t11$1), Math.min(Math.max(t10$1, t11$1), x[6 * H * W + 6 * H * W * i + at10]));
      const t13$1 = rows[6 * i + j + 6] / at;
      sum2$1 += (t12$1 - t12$1 == 0 ? t12$1 : 0) + t13$1;
      sum3$1 += (rows1[6 * i + j + 6] / at - t13$1 * t13$1) * t14;
      const t10$2 = x[12 * H * W + 6 * H * W * i + at8];
      const t11$2 = x[12 * H * W + 6 * H * W * i + at9];
      const t12$2 = Math.max(Math.min(t10$2, t11$2), Math.min(Math.max(t10$2, t11$2), x[12 * H * W + 6 * H * W * i + at10]));
      const t13$2 = rows[6 * i + j + 12] / at;
      sum2$2 += (t12$2 - t12$2 == 0 ? t12$2 : 0) + t13$2;
      sum3$2 += (rows1[6 * i + j + 12] / at - t13$2 * t13$2) * t14;
      const t10$3 = x[18 * H * W + 6 * H * W * i + at8];
      const t11$3 = x[18 * H * W + 6 * H * W * i + at9];
      const t12$3 = Math.max(Math.min(t10$3, t11$3), Math.min(Math.max(t10$3, t11$3), x[18 * H * W + 6 * H * W * i + at10]));
      const t13$3 = rows[6 * i + j + 18] / at;
      sum2$3 += (t12$3 - t12$3 == 0 ? t12$3 : 0) + t13$3;
      sum3$3 += (rows1[6 * i + j + 18] / at - t13$3 * t13$3) * t14;
    }
    for (let i = whole$2; i < N; i++) {
      const t10 = x[6 * H * W * i + at8];
      const t11 = x[6 * H * W * i + at9];
      const t12 = Math.max(Math.min(t10, t11), Math.min(Math.max(t10, t11), x[6 * H * W * i + at10]));
      const t13 = rows[6 * i + j] / at;
      sum2 += (t12 - t12 == 0 ? t12 : 0) + t13;
      sum3 += (rows1[6 * i + j] / at - t13 * t13) * t14;
    }
    sum2 += sum2$1 + (sum2$2 + sum2$3);
    sum3 += sum3$1 + (sum3$2 + sum3$3);
    const t16 = running_mean[j];
    y[j] = t15 ? t16 : t16 * 0.9 + sum2 / N * 0.1;
    const t17 = running_var[j];
    y1[j] = t15 ? t17 : t17 * 0.9 + sum3 / N * 0.1;
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
  if (!(value?.flat || (port.dtype === "i32" ? Number.isInteger(value) && value === (value | 0) : typeof value === "number"))) return value;
  const shape = [];
  const data = [];
  const place = [];
  const read = (v, axis) => {
    const list = v?.flat && axis < 64;
    if (list && (shape[axis] ??= data.length ? -1 : v.length) === v.length) v.forEach((one, i) => read(one, axis + 1, place[axis] = i));
    else if (!list && (port.dtype === "i32" ? Number.isInteger(v) && v === (v | 0) : typeof v === "number") && axis === shape.length) data.push(v);
    else refuse(port, `${list ? v.length + " values" : `${v} (${typeof v})`} at ${port.name}[${place.slice(0, axis)}]`);
  };
  read(value, 0);
  return { shape, data: arrays[port.dtype].from(data) };
}

function refuse({ name, dtype, shape, unbatched }, given, x) {
  const one = !unbatched && given?.map && given.length === shape.length - 1 && typeof shape[0] === "string" && !given.some((n, i) => n - shape[i + 1]) ? `, which is one sample: a batch of one is ${"[".repeat(shape.length)}…${"]".repeat(shape.length)}, of shape [${[1, ...given].join(", ")}]` : "";
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}]${unbatched ? ` or ${dtype}[${shape.slice(1).join(", ")}]` : ""}, not ${given?.map ? `${dtype}[${given.join(", ")}]` : given ?? `${x[Symbol.toStringTag]}[${x.length}]`}${one}`);
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
    const { name, dtype, shape } = port;
    if (dtype === "i32" && !shape.length && !given[name]) given[name] = { shape, data: [0] };
    const one = given[name] ?? unfit(`lack ${name} in ${{}.toString.call(weights)} [${Object.keys(given).slice(0, 4)}]`);
    const value = tensor(port, one.data);
    const data = value?.data ?? value;
    if (one.shape + "" != shape || data?.length !== count(shape) || !(dtype === "i32" ? /^(Big)?Int/.test(data[Symbol.toStringTag]) && data.every((v) => Number(v) === (Number(v) | 0)) : /^Float/.test(data[Symbol.toStringTag]))) refuse(port, `${data?.[Symbol.toStringTag]} of shape [${one.shape}]`);
    state[name] = { dtype, shape, data: dtype === "i32" ? Int32Array.from(data, Number) : new Float32Array(data) };
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
  const [p0, p1, p2, p3, p4] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let slot2 = new Float64Array(0);
  let slot3 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0, size_H = 0, size_W = 0, unbatched_N = 0;
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    slot2 = new Float64Array(0);
    slot3 = new Float64Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    unbatched_N = s?.length < 4 ? 1 : 0;
    if (s) {
      size_N = unbatched_N || s[0];
      size_H = s[2 - unbatched_N];
      size_W = s[3 - unbatched_N];
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_H % 1 || size_W % 1 || (s && (s.length !== 4 - unbatched_N || s[1 - unbatched_N] !== 6)) || x.length !== 6 * size_H * size_N * size_W) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    if (size_H * size_W === 1) throw new RangeError("InstanceNorm2d(6, affine=True, track_running_stats=True) at source.nn:2:1: there must be more than 1 spatial element");
    idle = slot2.length / 4 - 16384 > 6 * size_N ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 6) slot0 = new Float64Array(6);
    if (slot1.length < 6) slot1 = new Float64Array(6);
    if (slot2.length < 6 * size_N) slot2 = new Float64Array(6 * size_N);
    if (slot3.length < 6 * size_N) slot3 = new Float64Array(6 * size_N);
  }
  function compute(x, y) {
    InstanceNorm2d_ReLU(x, p2, p3, p0, p1, slot0, slot1, y, slot2, slot3, size_H, size_N, size_W, bits(y));
    for (let i = 0; i < p2.length; i++) p2[i] = slot0[i];
    for (let i = 0; i < p3.length; i++) p3[i] = slot1[i];
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 6 * size_H * size_N * size_W) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, 6, size_H, size_W].slice(unbatched_N));
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
  const values = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 6, 2, 2], data: new Float32Array(48).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.001512, 0.577302, 0, 0].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 2e-6;
  }));
}

export default /* @__PURE__ */ create();
