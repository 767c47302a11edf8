// nnc 0.1.0: source.nn, sha256 2368e709
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 6, "H", "W"] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 6, "H", "W"] }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [1, 6, 1, 1] },
  { name: "0.bias", dtype: "f32", shape: [1, 6, 1, 1] },
  { name: "0.mean_weight", dtype: "f32", shape: [3] },
  { name: "0.var_weight", dtype: "f32", shape: [3] },
  { name: "0.running_mean", dtype: "f32", shape: [1, 6, 1] },
  { name: "0.running_var", dtype: "f32", shape: [1, 6, 1] },
];

function SwitchableNorm2d(mean_weight, y, rows) {
  let maximum = -Infinity;
  for (let i = 0; i < 3; i++) {
    maximum = Math.max(maximum, mean_weight[i]);
  }
  let sum = 0;
  for (let j = 0; j < 3; j++) {
    const t = exp(mean_weight[j] - maximum);
    rows[j] = t;
    sum += t;
  }
  for (let j = 0; j < 3; j++) {
    y[j] = rows[j] / sum;
  }
}

function SwitchableNorm2d_1(var_weight, y, rows) {
  let maximum = -Infinity;
  for (let i = 0; i < 3; i++) {
    maximum = Math.max(maximum, var_weight[i]);
  }
  let sum = 0;
  for (let j = 0; j < 3; j++) {
    const t = exp(var_weight[j] - maximum);
    rows[j] = t;
    sum += t;
  }
  for (let j = 0; j < 3; j++) {
    y[j] = rows[j] / sum;
  }
}

function SwitchableNorm2d_ReLU(x, running_mean, running_var, prepared, prepared1, weight, bias, y, y1, y2, rows, rows1, rows2, rows3, means, variances, H, N, W, y2$bits) {
  const at = 4 * Math.floor(H * W / 4);
  const at3 = Math.floor(H / 3) * W + Math.floor(W / 3);
  const at5 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3);
  const at7 = H * W;
  const t10 = at7 / (at7 - 1);
  for (let i = 0; i < N; i++) {
    let sum = 0;
    const at1 = 6 * H * W * i;
    const at4 = 6 * H * W * i + at3;
    const at6 = 6 * H * W * i + at5;
    const at8 = 6 * i;
    for (let j = 0; j < 6; j++) {
      let sum1 = 0;
      let sum2 = 0;
      let sum6 = 0;
      let sum7 = 0;
      let sum8 = 0;
      let sum9 = 0;
      let sum10 = 0;
      let sum11 = 0;
      const at2 = H * W * j + at1;
      const t = x[H * W * j + at1];
      const t1 = x[H * W * j + at4];
      const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[H * W * j + at6]));
      const t3 = t2 - t2 == 0 ? t2 : 0;
      for (let k = 0; k < at; k += 4) {
        const t4 = x[at2 + k] - t3;
        sum1 += t4;
        sum2 += t4 * t4;
        const t5 = x[at2 + k + 1] - t3;
        sum6 += t5;
        sum9 += t5 * t5;
        const t6 = x[at2 + k + 2] - t3;
        sum7 += t6;
        sum10 += t6 * t6;
        const t7 = x[at2 + k + 3] - t3;
        sum8 += t7;
        sum11 += t7 * t7;
      }
      for (let k = at; k < at7; k++) {
        const t8 = x[at2 + k] - t3;
        sum1 += t8;
        sum2 += t8 * t8;
      }
      sum1 += sum6 + (sum7 + sum8);
      sum2 += sum9 + (sum10 + sum11);
      rows[at8 + j] = sum1;
      rows1[at8 + j] = sum2;
      sum += t3 + sum1 / at7;
    }
    rows2[i] = sum;
    let sum3 = 0;
    const mean = sum / 6;
    for (let j = 0; j < 6; j++) {
      const t9 = rows[at8 + j] / at7;
      const t11 = x[H * W * j + at1];
      const t12 = x[H * W * j + at4];
      const t13 = Math.max(Math.min(t11, t12), Math.min(Math.max(t11, t12), x[H * W * j + at6]));
      const t14 = (t13 - t13 == 0 ? t13 : 0) + t9 - mean;
      sum3 += (rows1[at8 + j] / at7 - t9 * t9) * t10 + t14 * t14;
    }
    rows3[i] = sum3;
  }
  const at9 = 4 * Math.floor(N / 4);
  const at13 = 6 * H * W;
  const at15 = Math.floor(H / 3) * W + Math.floor(W / 3) + 6 * H * W;
  const at17 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3) + 6 * H * W;
  const at19 = 12 * H * W;
  const at21 = Math.floor(H / 3) * W + Math.floor(W / 3) + 12 * H * W;
  const at23 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3) + 12 * H * W;
  const at25 = 18 * H * W;
  const at27 = Math.floor(H / 3) * W + Math.floor(W / 3) + 18 * H * W;
  const at29 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3) + 18 * H * W;
  for (let j = 0; j < 6; j++) {
    let sum4 = 0;
    let sum12 = 0;
    let sum13 = 0;
    let sum14 = 0;
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
      const t15 = x[6 * H * W * i + at10];
      const t16 = x[6 * H * W * i + at11];
      const t17 = Math.max(Math.min(t15, t16), Math.min(Math.max(t15, t16), x[6 * H * W * i + at12]));
      sum4 += (t17 - t17 == 0 ? t17 : 0) + rows[6 * i + j] / at7;
      const t18 = x[6 * H * W * i + at14];
      const t19 = x[6 * H * W * i + at16];
      const t20 = Math.max(Math.min(t18, t19), Math.min(Math.max(t18, t19), x[6 * H * W * i + at18]));
      sum12 += (t20 - t20 == 0 ? t20 : 0) + rows[6 * i + j + 6] / at7;
      const t21 = x[6 * H * W * i + at20];
      const t22 = x[6 * H * W * i + at22];
      const t23 = Math.max(Math.min(t21, t22), Math.min(Math.max(t21, t22), x[6 * H * W * i + at24]));
      sum13 += (t23 - t23 == 0 ? t23 : 0) + rows[6 * i + j + 12] / at7;
      const t24 = x[6 * H * W * i + at26];
      const t25 = x[6 * H * W * i + at28];
      const t26 = Math.max(Math.min(t24, t25), Math.min(Math.max(t24, t25), x[6 * H * W * i + at30]));
      sum14 += (t26 - t26 == 0 ? t26 : 0) + rows[6 * i + j + 18] / at7;
    }
    for (let i = at9; i < N; i++) {
      const t27 = x[6 * H * W * i + at10];
      const t28 = x[6 * H * W * i + at11];
      const t29 = Math.max(Math.min(t27, t28), Math.min(Math.max(t27, t28), x[6 * H * W * i + at12]));
      sum4 += (t29 - t29 == 0 ? t29 : 0) + rows[6 * i + j] / at7;
    }
    sum4 += sum12 + (sum13 + sum14);
    const t30 = sum4 / N;
    means[j] = t30;
    let sum5 = 0;
    let sum15 = 0;
    let sum16 = 0;
    let sum17 = 0;
    for (let i = 0; i < at9; i += 4) {
      const t31 = rows[6 * i + j] / at7;
      const t32 = x[6 * H * W * i + at10];
      const t33 = x[6 * H * W * i + at11];
      const t34 = Math.max(Math.min(t32, t33), Math.min(Math.max(t32, t33), x[6 * H * W * i + at12]));
      const t35 = (t34 - t34 == 0 ? t34 : 0) + t31 - t30;
      sum5 += (rows1[6 * i + j] / at7 - t31 * t31) * t10 + t35 * t35;
      const t36 = rows[6 * i + j + 6] / at7;
      const t37 = x[6 * H * W * i + at14];
      const t38 = x[6 * H * W * i + at16];
      const t39 = Math.max(Math.min(t37, t38), Math.min(Math.max(t37, t38), x[6 * H * W * i + at18]));
      const t40 = (t39 - t39 == 0 ? t39 : 0) + t36 - t30;
      sum15 += (rows1[6 * i + j + 6] / at7 - t36 * t36) * t10 + t40 * t40;
      const t41 = rows[6 * i + j + 12] / at7;
      const t42 = x[6 * H * W * i + at20];
      const t43 = x[6 * H * W * i + at22];
      const t44 = Math.max(Math.min(t42, t43), Math.min(Math.max(t42, t43), x[6 * H * W * i + at24]));
      const t45 = (t44 - t44 == 0 ? t44 : 0) + t41 - t30;
      sum16 += (rows1[6 * i + j + 12] / at7 - t41 * t41) * t10 + t45 * t45;
      const t46 = rows[6 * i + j + 18] / at7;
      const t47 = x[6 * H * W * i + at26];
      const t48 = x[6 * H * W * i + at28];
      const t49 = Math.max(Math.min(t47, t48), Math.min(Math.max(t47, t48), x[6 * H * W * i + at30]));
      const t50 = (t49 - t49 == 0 ? t49 : 0) + t46 - t30;
      sum17 += (rows1[6 * i + j + 18] / at7 - t46 * t46) * t10 + t50 * t50;
    }
    for (let i = at9; i < N; i++) {
      const t51 = rows[6 * i + j] / at7;
      const t52 = x[6 * H * W * i + at10];
      const t53 = x[6 * H * W * i + at11];
      const t54 = Math.max(Math.min(t52, t53), Math.min(Math.max(t52, t53), x[6 * H * W * i + at12]));
      const t55 = (t54 - t54 == 0 ? t54 : 0) + t51 - t30;
      sum5 += (rows1[6 * i + j] / at7 - t51 * t51) * t10 + t55 * t55;
    }
    sum5 += sum15 + (sum16 + sum17);
    const t56 = sum5 / N;
    variances[j] = t56;
    y[j] = running_mean[j] * 0.997 + t30 * 0.0030000000000000027;
    y1[j] = running_var[j] * 0.997 + t56 * 0.0030000000000000027;
  }
  const t61 = prepared[1];
  const t62 = prepared[2];
  const t65 = prepared1[1];
  const t66 = prepared1[2];
  for (let i = 0; i < N; i++) {
    const at31 = 6 * H * W * i;
    const at33 = 6 * H * W * i + at3;
    const at34 = 6 * H * W * i + at5;
    const at35 = 6 * i;
    const mean2 = rows2[i] / 6;
    const variance = rows3[i] / 6;
    for (let j = 0; j < 6; j++) {
      const at32 = H * W * j + at31;
      const t57 = x[H * W * j + at31];
      const t58 = x[H * W * j + at33];
      const t59 = Math.max(Math.min(t57, t58), Math.min(Math.max(t57, t58), x[H * W * j + at34]));
      const t60 = rows[at35 + j] / at7;
      const mean1 = (t59 - t59 == 0 ? t59 : 0) + t60;
      const t63 = mean1 + (mean2 - mean1) * t61 + (means[j] - mean1) * t62;
      const t64 = (rows1[at35 + j] / at7 - t60 * t60) * t10;
      const t67 = 1 / Math.sqrt(t64 + (variance - t64) * t65 + (variances[j] - t64) * t66 + 0.00001);
      const t68 = weight[j];
      const t69 = bias[j];
      for (let m = 0; m < at; m += 4) {
        const t70 = (x[at32 + m] - t63) * t67 * t68 + t69;
        const t71 = (x[at32 + m + 1] - t63) * t67 * t68 + t69;
        const t72 = (x[at32 + m + 2] - t63) * t67 * t68 + t69;
        const t73 = (x[at32 + m + 3] - t63) * t67 * t68 + t69;
        y2[at32 + m] = t70;
        y2$bits[at32 + m] &= (t70 < 0 | 0) - 1;
        y2[at32 + m + 1] = t71;
        y2$bits[at32 + m + 1] &= (t71 < 0 | 0) - 1;
        y2[at32 + m + 2] = t72;
        y2$bits[at32 + m + 2] &= (t72 < 0 | 0) - 1;
        y2[at32 + m + 3] = t73;
        y2$bits[at32 + m + 3] &= (t73 < 0 | 0) - 1;
      }
      for (let m = at; m < at7; m++) {
        const t74 = (x[at32 + m] - t63) * t67 * t68 + t69;
        y2[at32 + m] = t74;
        y2$bits[at32 + m] &= (t74 < 0 | 0) - 1;
      }
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
  const [p0, p1, p2, p3, p4, p5] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float64Array(3);
  const prepared1 = new Float64Array(3);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let slot2 = new Float64Array(0);
  let slot3 = new Float64Array(0);
  let slot4 = new Float64Array(0);
  let slot5 = new Float64Array(0);
  let slot6 = new Float64Array(0);
  let slot7 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0, size_H = 0, size_W = 0;
  function prepare() {
    const slot0 = new Float64Array(3);
    SwitchableNorm2d(p2, prepared0, slot0);
    SwitchableNorm2d_1(p3, prepared1, slot0);
  }
  function dispose() {
    slot0 = new Float64Array(0);
    slot1 = new Float64Array(0);
    slot2 = new Float64Array(0);
    slot3 = new Float64Array(0);
    slot4 = new Float64Array(0);
    slot5 = new Float64Array(0);
    slot6 = new Float64Array(0);
    slot7 = new Float64Array(0);
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_H = s[2];
      size_W = s[3];
    } else refuse(inputs[0], s, x);
    if (size_N % 1 || size_H % 1 || size_W % 1 || (s && (s.length !== 4 || s[1] !== 6)) || x.length !== 6 * size_H * size_N * size_W) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    if (size_H * size_W < 1) throw new RangeError("SwitchableNorm2d(6) at source.nn:1:1: there must be at least 1 spatial element");
    if (size_N < 1) throw new RangeError("SwitchableNorm2d(6) at source.nn:1:1: there must be at least 1 sample");
    idle = slot2.length / 4 - 16384 > 6 * size_N || slot4.length / 4 - 16384 > size_N ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 6) slot0 = new Float64Array(6);
    if (slot1.length < 6) slot1 = new Float64Array(6);
    if (slot2.length < 6 * size_N) slot2 = new Float64Array(6 * size_N);
    if (slot3.length < 6 * size_N) slot3 = new Float64Array(6 * size_N);
    if (slot4.length < size_N) slot4 = new Float64Array(size_N);
    if (slot5.length < size_N) slot5 = new Float64Array(size_N);
    if (slot6.length < 6) slot6 = new Float64Array(6);
    if (slot7.length < 6) slot7 = new Float64Array(6);
  }
  function compute(x, y) {
    SwitchableNorm2d_ReLU(x, p4, p5, prepared0, prepared1, p0, p1, slot0, slot1, y, slot2, slot3, slot4, slot5, slot6, slot7, size_H, size_N, size_W, bits(y));
    for (let i = 0; i < p4.length; i++) p4[i] = slot0[i];
    for (let i = 0; i < p5.length; i++) p5[i] = slot1[i];
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
    const y = fresh(outputs[0], [size_N, 6, size_H, size_W]);
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
  const values = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 6, 2, 2], data: new Float32Array(48).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.1071673, 0.3621955, 0.0123839, 0.192407].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 1e-6;
  }));
}

export default /* @__PURE__ */ create();
