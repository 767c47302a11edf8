// nnc 0.1.0: source.nn, sha256 bd3cbdd8
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 8, "H", "W"], unbatched: true }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 4, "H", "W"], unbatched: true }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [8, 1, 3, 3] },
  { name: "1.weight", dtype: "f32", shape: [8] },
  { name: "1.bias", dtype: "f32", shape: [8] },
  { name: "1.running_mean", dtype: "f32", shape: [8] },
  { name: "1.running_var", dtype: "f32", shape: [8] },
  { name: "1.num_batches_tracked", dtype: "i32", shape: [] },
  { name: "3.weight", dtype: "f32", shape: [4, 8, 1, 1] },
  { name: "4.weight", dtype: "f32", shape: [4] },
  { name: "4.bias", dtype: "f32", shape: [4] },
  { name: "4.running_mean", dtype: "f32", shape: [4] },
  { name: "4.running_var", dtype: "f32", shape: [4] },
  { name: "4.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function BatchNorm2d(running_var, weight, running_mean, bias, y, y1) {
  for (let i = 0; i < 8; i++) {
    const t = weight[i] * (1 / Math.sqrt(running_var[i] + 0.00001));
    y[i] = t;
    y1[i] = bias[i] - running_mean[i] * t;
  }
}

function BatchNorm2d_1(weight, x, y) {
  for (let i = 0; i < 8; i++) {
    const at = 9 * i;
    const t = x[i];
    for (let j = 0; j < 9; j++) {
      y[at + j] = weight[at + j] * t;
    }
  }
}

function BatchNorm2d_2(running_var, weight, running_mean, bias, y, y1) {
  for (let i = 0; i < 4; i++) {
    const t = weight[i] * (1 / Math.sqrt(running_var[i] + 0.00001));
    y[i] = t;
    y1[i] = bias[i] - running_mean[i] * t;
  }
}

function BatchNorm2d_3(weight, x, y) {
  for (let i = 0; i < 4; i++) {
    const at = 8 * i;
    const t = x[i];
    for (let j = 0; j < 8; j++) {
      y[at + j] = weight[at + j] * t;
    }
  }
}

function Conv2d(x, y, H, N, W) {
  const at = 8 * N;
  const at1 = 4 * Math.floor((W + 2) / 4);
  const at2 = 0 - W;
  const at5 = 2 * H + H * W + 2 * W + 4;
  for (let i = 0; i < at; i++) {
    const at3 = H * W * i + at2;
    const at6 = at5 * i;
    for (let k = 0; k < H + 2; k++) {
      const at4 = W * k + at3 - 1;
      const at7 = W * k + at6 + 2 * k;
      const at8 = W * k + at3;
      for (let l = 0; l < at1; l += 4) {
        y[at7 + l] = l - 1 >= 0 && l - 1 < W ? k - 1 >= 0 && k - 1 < H ? x[at4 + l] : 0 : 0;
        y[at7 + l + 1] = l >= 0 && l < W ? k - 1 >= 0 && k - 1 < H ? x[at8 + l] : 0 : 0;
        y[at7 + l + 2] = l + 1 >= 0 && l + 1 < W ? k - 1 >= 0 && k - 1 < H ? x[at8 + l + 1] : 0 : 0;
        y[at7 + l + 3] = l + 2 >= 0 && l + 2 < W ? k - 1 >= 0 && k - 1 < H ? x[at8 + l + 2] : 0 : 0;
      }
      for (let l = at1; l < W + 2; l++) {
        y[at7 + l] = l - 1 >= 0 && l - 1 < W ? k - 1 >= 0 && k - 1 < H ? x[at8 + l - 1] : 0 : 0;
      }
    }
  }
}

function Conv2d_BatchNorm2d_ReLU6(x, prepared, prepared1, y, H, N, W, y$bits) {
  const at = 4 * Math.floor(W / 4);
  const at1 = 16 * H + 8 * H * W + 16 * W + 32;
  const at3 = 2 * H + H * W + 2 * W + 4;
  const at14 = 2 * W;
  for (let i = 0; i < N; i++) {
    const at2 = at1 * i;
    const at6 = W + at1 * i;
    const at15 = at1 * i + at14;
    const at23 = 8 * H * W * i;
    for (let j = 0; j < 8; j++) {
      const at4 = at2 + at3 * j;
      const t = prepared[9 * j];
      const t4 = prepared[9 * j + 1];
      const t6 = prepared[9 * j + 2];
      const at7 = at3 * j + at6;
      const t7 = prepared[9 * j + 3];
      const t11 = prepared[9 * j + 4];
      const t13 = prepared[9 * j + 5];
      const at16 = at15 + at3 * j;
      const t14 = prepared[9 * j + 6];
      const t18 = prepared[9 * j + 7];
      const t20 = prepared[9 * j + 8];
      const t21 = prepared1[j];
      const at24 = H * W * j + at23;
      for (let k = 0; k < H; k++) {
        const at5 = W * k + at4 + 2 * k;
        const at8 = W * k + at7 + 2 * k + 2;
        const at9 = W * k + at7 + 2 * k + 3;
        const at10 = W * k + at7 + 2 * k + 4;
        const at11 = W * k + at7 + 2 * k + 5;
        const at12 = W * k + at7 + 2 * k + 6;
        const at13 = W * k + at7 + 2 * k + 7;
        const at17 = W * k + at16 + 2 * k + 4;
        const at18 = W * k + at16 + 2 * k + 5;
        const at19 = W * k + at16 + 2 * k + 6;
        const at20 = W * k + at16 + 2 * k + 7;
        const at21 = W * k + at16 + 2 * k + 8;
        const at22 = W * k + at16 + 2 * k + 9;
        const at25 = W * k + at24;
        for (let l = 0; l < at; l += 4) {
          let sum = 0;
          let sum1 = 0;
          let sum2 = 0;
          let sum3 = 0;
          sum += x[at5 + l] * t;
          const t1 = x[at5 + l + 1];
          sum1 += t1 * t;
          const t2 = x[at5 + l + 2];
          sum2 += t2 * t;
          const t3 = x[at5 + l + 3];
          sum3 += t3 * t;
          sum += t1 * t4;
          sum1 += t2 * t4;
          sum2 += t3 * t4;
          const t5 = x[at5 + l + 4];
          sum3 += t5 * t4;
          sum += t2 * t6;
          sum1 += t3 * t6;
          sum2 += t5 * t6;
          sum3 += x[at5 + l + 5] * t6;
          sum += x[at8 + l] * t7;
          const t8 = x[at9 + l];
          sum1 += t8 * t7;
          const t9 = x[at10 + l];
          sum2 += t9 * t7;
          const t10 = x[at11 + l];
          sum3 += t10 * t7;
          sum += t8 * t11;
          sum1 += t9 * t11;
          sum2 += t10 * t11;
          const t12 = x[at12 + l];
          sum3 += t12 * t11;
          sum += t9 * t13;
          sum1 += t10 * t13;
          sum2 += t12 * t13;
          sum3 += x[at13 + l] * t13;
          sum += x[at17 + l] * t14;
          const t15 = x[at18 + l];
          sum1 += t15 * t14;
          const t16 = x[at19 + l];
          sum2 += t16 * t14;
          const t17 = x[at20 + l];
          sum3 += t17 * t14;
          sum += t15 * t18;
          sum1 += t16 * t18;
          sum2 += t17 * t18;
          const t19 = x[at21 + l];
          sum3 += t19 * t18;
          sum += t16 * t20;
          sum1 += t17 * t20;
          sum2 += t19 * t20;
          sum3 += x[at22 + l] * t20;
          const t22 = sum + t21;
          y[at25 + l] = 6 < t22 ? 6 : t22;
          y$bits[2 * at25 + 2 * l] &= (t22 < 0 | 0) - 1;
          y$bits[2 * at25 + 2 * l + 1] &= (t22 < 0 | 0) - 1;
          const t23 = sum1 + t21;
          y[at25 + l + 1] = 6 < t23 ? 6 : t23;
          y$bits[2 * at25 + 2 * l + 2] &= (t23 < 0 | 0) - 1;
          y$bits[2 * at25 + 2 * l + 3] &= (t23 < 0 | 0) - 1;
          const t24 = sum2 + t21;
          y[at25 + l + 2] = 6 < t24 ? 6 : t24;
          y$bits[2 * at25 + 2 * l + 4] &= (t24 < 0 | 0) - 1;
          y$bits[2 * at25 + 2 * l + 5] &= (t24 < 0 | 0) - 1;
          const t25 = sum3 + t21;
          y[at25 + l + 3] = 6 < t25 ? 6 : t25;
          y$bits[2 * at25 + 2 * l + 6] &= (t25 < 0 | 0) - 1;
          y$bits[2 * at25 + 2 * l + 7] &= (t25 < 0 | 0) - 1;
        }
        for (let l = at; l < W; l++) {
          let sum = 0;
          sum += x[at5 + l] * t;
          sum += x[at5 + l + 1] * t4;
          sum += x[at5 + l + 2] * t6;
          sum += x[at8 + l] * t7;
          sum += x[at9 + l] * t11;
          sum += x[at10 + l] * t13;
          sum += x[at17 + l] * t14;
          sum += x[at18 + l] * t18;
          sum += x[at19 + l] * t20;
          const t26 = sum + t21;
          y[at25 + l] = 6 < t26 ? 6 : t26;
          y$bits[2 * at25 + 2 * l] &= (t26 < 0 | 0) - 1;
          y$bits[2 * at25 + 2 * l + 1] &= (t26 < 0 | 0) - 1;
        }
      }
    }
  }
}

function Conv2d_BatchNorm2d(x, prepared, prepared1, y, H, N, W) {
  const at = 4 * Math.floor(H * W / 4);
  const at6 = H * W;
  for (let i = 0; i < N; i++) {
    const at1 = 8 * H * W * i;
    const at4 = 4 * H * W * i;
    for (let j = 0; j < 4; j++) {
      const at3 = 8 * j;
      const t1 = prepared1[j];
      const at5 = H * W * j + at4;
      for (let k = 0; k < at; k += 4) {
        let sum = 0;
        let sum1 = 0;
        let sum2 = 0;
        let sum3 = 0;
        const at2 = at1 + k;
        for (let m = 0; m < 8; m++) {
          const t = prepared[at3 + m];
          sum += x[H * W * m + at2] * t;
          sum1 += x[H * W * m + at2 + 1] * t;
          sum2 += x[H * W * m + at2 + 2] * t;
          sum3 += x[H * W * m + at2 + 3] * t;
        }
        y[at5 + k] = sum + t1;
        y[at5 + k + 1] = sum1 + t1;
        y[at5 + k + 2] = sum2 + t1;
        y[at5 + k + 3] = sum3 + t1;
      }
      for (let k = at; k < at6; k++) {
        let sum = 0;
        const at7 = at1 + k;
        for (let m = 0; m < 8; m++) {
          sum += x[H * W * m + at7] * prepared[at3 + m];
        }
        y[at5 + k] = sum + t1;
      }
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
  const [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float64Array(8);
  const prepared1 = new Float64Array(72);
  const prepared2 = new Float64Array(4);
  const prepared3 = new Float64Array(32);
  let slot0 = new Float32Array(0);
  let slot1 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0, size_H = 0, size_W = 0, unbatched_N = 0;
  function prepare() {
    const slot0 = new Float64Array(8);
    BatchNorm2d(p4, p1, p3, p2, slot0, prepared0);
    BatchNorm2d_1(p0, slot0, prepared1);
    BatchNorm2d_2(p10, p7, p9, p8, slot0, prepared2);
    BatchNorm2d_3(p6, slot0, prepared3);
  }
  function dispose() {
    slot0 = new Float32Array(0);
    slot1 = new Float64Array(0);
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
    if (size_N % 1 || size_H % 1 || size_W % 1 || (s && (s.length !== 4 - unbatched_N || s[1 - unbatched_N] !== 8)) || x.length !== 8 * size_H * size_N * size_W) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    if (size_H < 1) throw new RangeError("Conv2d(8, 8, 3, padding=1, groups=8, bias=False) at source.nn:1:1: the size at dim 2 must be at least 1, as the kernel covers 3, of which 2 may be padding");
    if (size_W < 1) throw new RangeError("Conv2d(8, 8, 3, padding=1, groups=8, bias=False) at source.nn:1:1: the size at dim 3 must be at least 1, as the kernel covers 3, of which 2 may be padding");
    idle = slot0.length / 4 - 16384 > 16 * size_H * size_N + 8 * size_H * size_N * size_W + 32 * size_N + 16 * size_N * size_W || slot1.length / 4 - 16384 > 8 * size_H * size_N * size_W ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 16 * size_H * size_N + 8 * size_H * size_N * size_W + 32 * size_N + 16 * size_N * size_W) slot0 = new Float32Array(16 * size_H * size_N + 8 * size_H * size_N * size_W + 32 * size_N + 16 * size_N * size_W);
    if (slot1.length < 8 * size_H * size_N * size_W) slot1 = new Float64Array(8 * size_H * size_N * size_W);
  }
  function compute(x, y) {
    Conv2d(x, slot0, size_H, size_N, size_W);
    Conv2d_BatchNorm2d_ReLU6(slot0, prepared1, prepared0, slot1, size_H, size_N, size_W, bits(slot1));
    Conv2d_BatchNorm2d(slot1, prepared3, prepared2, y, size_H, size_N, size_W);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 4 * size_H * size_N * size_W) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, 4, size_H, size_W].slice(unbatched_N));
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
  const text = "\
Vo0juygbNz5kd4y+VjN7vk53A77mD7c9q2nYu99Rhz6WVPK8ZqS0PZBPzr1LMIa90AujvhgPYr6btAy+q05KPOvwBj7Lzkw+ZmdnvlOjFL7L9Pc9NLiNPjB+\
jL17bH8+qxFcvbZ4ED3ciJo+ilKevt7hVr7W06y9Pg0FvsZ0kz7OPl2+gCAdviN4br761p++BkBHvmq0kj4oTxg+Vm8lPiucjzz4/i6+Vv5mPb9Zn77Oona+\
s/cvvjNcVz6IIUg+MGEXvtYORbyrTVo+V6qpPhh4Bz5gcjg9/ttkPlb6SL72a349nlGEvsuSbL7DUzC+s3EaPlBFCT6OMEq+Cz3OPehhOz4rVCy9q4VQPFYt\
nj1WwVM+ht+jPg+Fg747Lfq9AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAAAA50gOPsT7lT48hp0+QLmfPhcakD1JaZ2+KDgFPUt+\
Yr6ks6i+ltWgPsujiT5kkrS+7IaHPcb0c71cT269x7klvmU5Cz7Qb1a+YbgEPv0VNz4rloE+y14HPkUps7522mq+d8U0PuWMlz3VNY2+C3hQvjdLqj648nM+\
o9sdvj89tr0AAIA/AACAPwAAgD8AAIA/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA/AACAPwAAgD8AAIA/AAAAAA";
  const bytes = new Uint8Array(text.length * 3 >> 2);
  for (let i = 0, bits = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    bits = bits << 6 | c + (c > 96 ? -71 : c > 64 ? -65 : c > 47 ? 4 : c > 43 ? 16 : 19);
    bytes[i * 3 >> 2] = bits >> 6 - i % 4 * 2;
  }
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new arrays[dtype](bytes.buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 8, 2, 2], data: new Float32Array(64).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[2.101271, 0.757048, 0.600096, 0.349385].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-6;
  }));
}

export default /* @__PURE__ */ create();
