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
  const at = 4 * Math.floor(H * W / 4);
  const at3 = Math.floor(H / 3) * W + Math.floor(W / 3);
  const at5 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3);
  const at7 = H * W;
  for (let i = 0; i < N; i++) {
    const at1 = 6 * H * W * i;
    const at4 = 6 * H * W * i + at3;
    const at6 = 6 * H * W * i + at5;
    const at8 = 6 * i;
    for (let j = 0; j < 6; j++) {
      let sum = 0;
      let sum1 = 0;
      let sum4 = 0;
      let sum5 = 0;
      let sum6 = 0;
      let sum7 = 0;
      let sum8 = 0;
      let sum9 = 0;
      const at2 = H * W * j + at1;
      const t = x[H * W * j + at1];
      const t1 = x[H * W * j + at4];
      const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[H * W * j + at6]));
      const t3 = t2 - t2 == 0 ? t2 : 0;
      for (let k = 0; k < at; k += 4) {
        const t4 = x[at2 + k] - t3;
        sum += t4;
        sum1 += t4 * t4;
        const t5 = x[at2 + k + 1] - t3;
        sum4 += t5;
        sum7 += t5 * t5;
        const t6 = x[at2 + k + 2] - t3;
        sum5 += t6;
        sum8 += t6 * t6;
        const t7 = x[at2 + k + 3] - t3;
        sum6 += t7;
        sum9 += t7 * t7;
      }
      for (let k = at; k < at7; k++) {
        const t8 = x[at2 + k] - t3;
        sum += t8;
        sum1 += t8 * t8;
      }
      sum += sum4 + (sum5 + sum6);
      sum1 += sum7 + (sum8 + sum9);
      rows[at8 + j] = sum;
      rows1[at8 + j] = sum1;
      const t9 = sum / at7;
      const mean = t3 + t9;
      const t10 = 1 / Math.sqrt(sum1 / at7 - t9 * t9 + 0.00001);
      const t11 = weight[j];
      const t12 = bias[j];
      for (let m = 0; m < at; m += 4) {
        const t13 = (x[at2 + m] - mean) * t10 * t11 + t12;
        const t14 = (x[at2 + m + 1] - mean) * t10 * t11 + t12;
        const t15 = (x[at2 + m + 2] - mean) * t10 * t11 + t12;
        const t16 = (x[at2 + m + 3] - mean) * t10 * t11 + t12;
        y2[at2 + m] = t13;
        y2$bits[at2 + m] &= (t13 < 0 | 0) - 1;
        y2[at2 + m + 1] = t14;
        y2$bits[at2 + m + 1] &= (t14 < 0 | 0) - 1;
        y2[at2 + m + 2] = t15;
        y2$bits[at2 + m + 2] &= (t15 < 0 | 0) - 1;
        y2[at2 + m + 3] = t16;
        y2$bits[at2 + m + 3] &= (t16 < 0 | 0) - 1;
      }
      for (let m = at; m < at7; m++) {
        const t17 = (x[at2 + m] - mean) * t10 * t11 + t12;
        y2[at2 + m] = t17;
        y2$bits[at2 + m] &= (t17 < 0 | 0) - 1;
      }
    }
  }
  const at9 = 4 * Math.floor(N / 4);
  const t22 = at7 / (at7 - 1);
  const at13 = 6 * H * W;
  const at15 = Math.floor(H / 3) * W + Math.floor(W / 3) + 6 * H * W;
  const at17 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3) + 6 * H * W;
  const at19 = 12 * H * W;
  const at21 = Math.floor(H / 3) * W + Math.floor(W / 3) + 12 * H * W;
  const at23 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3) + 12 * H * W;
  const at25 = 18 * H * W;
  const at27 = Math.floor(H / 3) * W + Math.floor(W / 3) + 18 * H * W;
  const at29 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3) + 18 * H * W;
  const t39 = at7 == 0;
  for (let j = 0; j < 6; j++) {
    let sum2 = 0;
    let sum3 = 0;
    let sum10 = 0;
    let sum11 = 0;
    let sum12 = 0;
    let sum13 = 0;
    let sum14 = 0;
    let sum15 = 0;
    const at10 = H * W * j;
    const at11 = H * W * j + at3;
    const at12 = H * W * j + at5;
    const at14 = H * W * j + at13;
    const at16 = H * W * j + at15;
    const at18 = H * W * j + at17;
    const at20 = H * W * j + at19;
    const at22 = H * W * j + at21;
    const at24 = H * W * j + at23;
    const at26 = H * W * j + at25;
    const at28 = H * W * j + at27;
    const at30 = H * W * j + at29;
    for (let i = 0; i < at9; i += 4) {
      const t18 = x[6 * H * W * i + at10];
      const t19 = x[6 * H * W * i + at11];
      const t20 = Math.max(Math.min(t18, t19), Math.min(Math.max(t18, t19), x[6 * H * W * i + at12]));
      const t21 = rows[6 * i + j] / at7;
      sum2 += (t20 - t20 == 0 ? t20 : 0) + t21;
      sum3 += (rows1[6 * i + j] / at7 - t21 * t21) * t22;
      const t23 = x[6 * H * W * i + at14];
      const t24 = x[6 * H * W * i + at16];
      const t25 = Math.max(Math.min(t23, t24), Math.min(Math.max(t23, t24), x[6 * H * W * i + at18]));
      const t26 = rows[6 * i + j + 6] / at7;
      sum10 += (t25 - t25 == 0 ? t25 : 0) + t26;
      sum13 += (rows1[6 * i + j + 6] / at7 - t26 * t26) * t22;
      const t27 = x[6 * H * W * i + at20];
      const t28 = x[6 * H * W * i + at22];
      const t29 = Math.max(Math.min(t27, t28), Math.min(Math.max(t27, t28), x[6 * H * W * i + at24]));
      const t30 = rows[6 * i + j + 12] / at7;
      sum11 += (t29 - t29 == 0 ? t29 : 0) + t30;
      sum14 += (rows1[6 * i + j + 12] / at7 - t30 * t30) * t22;
      const t31 = x[6 * H * W * i + at26];
      const t32 = x[6 * H * W * i + at28];
      const t33 = Math.max(Math.min(t31, t32), Math.min(Math.max(t31, t32), x[6 * H * W * i + at30]));
      const t34 = rows[6 * i + j + 18] / at7;
      sum12 += (t33 - t33 == 0 ? t33 : 0) + t34;
      sum15 += (rows1[6 * i + j + 18] / at7 - t34 * t34) * t22;
    }
    for (let i = at9; i < N; i++) {
      const t35 = x[6 * H * W * i + at10];
      const t36 = x[6 * H * W * i + at11];
      const t37 = Math.max(Math.min(t35, t36), Math.min(Math.max(t35, t36), x[6 * H * W * i + at12]));
      const t38 = rows[6 * i + j] / at7;
      sum2 += (t37 - t37 == 0 ? t37 : 0) + t38;
      sum3 += (rows1[6 * i + j] / at7 - t38 * t38) * t22;
    }
    sum2 += sum10 + (sum11 + sum12);
    sum3 += sum13 + (sum14 + sum15);
    const t40 = running_mean[j];
    y[j] = t39 ? t40 : t40 * 0.9 + sum2 / N * 0.1;
    const t41 = running_var[j];
    y1[j] = t39 ? t41 : t41 * 0.9 + sum3 / N * 0.1;
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
