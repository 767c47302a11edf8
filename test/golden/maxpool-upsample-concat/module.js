// nnc 0.1.0: source.nn, sha256 9ff49539
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 4, "H", "W"] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 8, "H", "W"] }];
export const parameters = [
  { name: "small.1.weight", dtype: "f32", shape: [4, 4, 3, 3] },
  { name: "small.1.bias", dtype: "f32", shape: [4] },
];

function MaxPool2d(x, y, H, N, W) {
  const at = 4 * N;
  const at1 = Math.floor(H / 2);
  const at2 = Math.floor(W / 2);
  const at7 = Math.floor(H / 2) * Math.floor(W / 2);
  for (let i = 0; i < at; i++) {
    const at3 = H * W * i;
    const at5 = H * W * i + W;
    const at8 = at7 * i;
    for (let k = 0; k < at1; k++) {
      const at4 = 2 * W * k + at3;
      const at6 = 2 * W * k + at5;
      const at9 = at2 * k + at8;
      for (let l = 0; l < at2; l++) {
        let maximum = -Infinity;
        maximum = Math.max(maximum, x[at4 + 2 * l]);
        maximum = Math.max(maximum, x[at4 + 2 * l + 1]);
        maximum = Math.max(maximum, x[at6 + 2 * l]);
        maximum = Math.max(maximum, x[at6 + 2 * l + 1]);
        y[at9 + l] = maximum;
      }
    }
  }
}

function Conv2d(x, y, H, N, W) {
  const at = 4 * N;
  const at1 = Math.floor(H / 2) + 2;
  const at2 = 4 * Math.floor((W + 4) / 8);
  const at3 = Math.floor(H / 2) * Math.floor(W / 2);
  const at6 = 2 * Math.floor(H / 2) + Math.floor(H / 2) * Math.floor(W / 2) + 2 * Math.floor(W / 2) + 4;
  const at8 = Math.floor(W / 2) + 2;
  for (let i = 0; i < at; i++) {
    const at4 = at3 + at3 * i;
    const at7 = at6 * i;
    for (let k = 0; k < at1; k++) {
      const at5 = at4 - Math.floor(W / 2) * Math.max(Math.floor(H / 2) - Math.max(1 - k, k - 1) - 1, Math.max(1 - k, k - 1) + 1 - Math.floor(H / 2)) - 1;
      const at9 = at7 + at8 * k;
      for (let l = 0; l < at2; l += 4) {
        y[at9 + l] = x[at5 - Math.max(Math.floor(W / 2) - Math.max(1 - l, l - 1) - 1, Math.max(1 - l, l - 1) + 1 - Math.floor(W / 2))];
        y[at9 + l + 1] = x[at5 - Math.max(Math.floor(W / 2) - Math.max(-l, l) - 1, Math.max(-l, l) + 1 - Math.floor(W / 2))];
        y[at9 + l + 2] = x[at5 - Math.max(Math.floor(W / 2) - Math.max(-l - 1, l + 1) - 1, Math.max(-l - 1, l + 1) + 1 - Math.floor(W / 2))];
        y[at9 + l + 3] = x[at5 - Math.max(Math.floor(W / 2) - Math.max(-l - 2, l + 2) - 1, Math.max(-l - 2, l + 2) + 1 - Math.floor(W / 2))];
      }
      for (let l = at2; l < at8; l++) {
        y[at9 + l] = x[at5 - Math.max(Math.floor(W / 2) - Math.max(1 - l, l - 1) - 1, Math.max(1 - l, l - 1) + 1 - Math.floor(W / 2))];
      }
    }
  }
}

function Conv2d_ReLU(x, weight, bias, y, H, N, W, y$bits) {
  const at = Math.floor(H / 2);
  const at1 = 2 * Math.floor(W / 4);
  const at2 = 8 * Math.floor(H / 2) + 4 * Math.floor(H / 2) * Math.floor(W / 2) + 8 * Math.floor(W / 2) + 16;
  const at4 = Math.floor(W / 2) + 2;
  const at7 = 2 * Math.floor(H / 2) + Math.floor(H / 2) * Math.floor(W / 2) + 2 * Math.floor(W / 2) + 4;
  const at9 = Math.floor(W / 2);
  const at16 = 2 * Math.floor(W / 2);
  const at23 = 4 * Math.floor(H / 2) * Math.floor(W / 2);
  const at25 = Math.floor(H / 2) * Math.floor(W / 2);
  for (let i = 0; i < N; i++) {
    const at3 = at2 * i;
    const at10 = at2 * i + at9;
    const at17 = at16 + at2 * i;
    const at24 = at23 * i;
    const at28 = at23 * i + at25;
    for (let j = 0; j < 4; j += 2) {
      const at8 = 36 * j;
      const t30 = bias[j];
      const at26 = at24 + at25 * j;
      const t32 = bias[j + 1];
      const at29 = at25 * j + at28;
      for (let k = 0; k < at; k++) {
        const at5 = at3 + at4 * k;
        const at11 = at10 + at4 * k;
        const at18 = at17 + at4 * k;
        const at27 = at26 + at9 * k;
        const at30 = at29 + at9 * k;
        for (let l = 0; l < at1; l += 2) {
          let sum = 0;
          let sum1 = 0;
          let sum2 = 0;
          let sum3 = 0;
          const at6 = at5 + l;
          const at12 = at11 + l + 2;
          const at13 = at11 + l + 3;
          const at14 = at11 + l + 4;
          const at15 = at11 + l + 5;
          const at19 = at18 + l + 4;
          const at20 = at18 + l + 5;
          const at21 = at18 + l + 6;
          const at22 = at18 + l + 7;
          for (let m = 0; m < 4; m++) {
            const t = x[at6 + at7 * m];
            const t1 = weight[at8 + 9 * m];
            sum += t * t1;
            const t2 = weight[at8 + 9 * m + 36];
            sum1 += t * t2;
            const t3 = x[at6 + at7 * m + 1];
            sum2 += t3 * t1;
            sum3 += t3 * t2;
            const t4 = weight[at8 + 9 * m + 1];
            sum += t3 * t4;
            const t5 = weight[at8 + 9 * m + 37];
            sum1 += t3 * t5;
            const t6 = x[at6 + at7 * m + 2];
            sum2 += t6 * t4;
            sum3 += t6 * t5;
            const t7 = weight[at8 + 9 * m + 2];
            sum += t6 * t7;
            const t8 = weight[at8 + 9 * m + 38];
            sum1 += t6 * t8;
            const t9 = x[at6 + at7 * m + 3];
            sum2 += t9 * t7;
            sum3 += t9 * t8;
            const t10 = x[at12 + at7 * m];
            const t11 = weight[at8 + 9 * m + 3];
            sum += t10 * t11;
            const t12 = weight[at8 + 9 * m + 39];
            sum1 += t10 * t12;
            const t13 = x[at13 + at7 * m];
            sum2 += t13 * t11;
            sum3 += t13 * t12;
            const t14 = weight[at8 + 9 * m + 4];
            sum += t13 * t14;
            const t15 = weight[at8 + 9 * m + 40];
            sum1 += t13 * t15;
            const t16 = x[at14 + at7 * m];
            sum2 += t16 * t14;
            sum3 += t16 * t15;
            const t17 = weight[at8 + 9 * m + 5];
            sum += t16 * t17;
            const t18 = weight[at8 + 9 * m + 41];
            sum1 += t16 * t18;
            const t19 = x[at15 + at7 * m];
            sum2 += t19 * t17;
            sum3 += t19 * t18;
            const t20 = x[at19 + at7 * m];
            const t21 = weight[at8 + 9 * m + 6];
            sum += t20 * t21;
            const t22 = weight[at8 + 9 * m + 42];
            sum1 += t20 * t22;
            const t23 = x[at20 + at7 * m];
            sum2 += t23 * t21;
            sum3 += t23 * t22;
            const t24 = weight[at8 + 9 * m + 7];
            sum += t23 * t24;
            const t25 = weight[at8 + 9 * m + 43];
            sum1 += t23 * t25;
            const t26 = x[at21 + at7 * m];
            sum2 += t26 * t24;
            sum3 += t26 * t25;
            const t27 = weight[at8 + 9 * m + 8];
            sum += t26 * t27;
            const t28 = weight[at8 + 9 * m + 44];
            sum1 += t26 * t28;
            const t29 = x[at22 + at7 * m];
            sum2 += t29 * t27;
            sum3 += t29 * t28;
          }
          const t31 = sum + t30;
          y[at27 + l] = t31;
          y$bits[2 * at27 + 2 * l] &= (t31 < 0 | 0) - 1;
          y$bits[2 * at27 + 2 * l + 1] &= (t31 < 0 | 0) - 1;
          const t33 = sum1 + t32;
          y[at30 + l] = t33;
          y$bits[2 * at30 + 2 * l] &= (t33 < 0 | 0) - 1;
          y$bits[2 * at30 + 2 * l + 1] &= (t33 < 0 | 0) - 1;
          const t34 = sum2 + t30;
          y[at27 + l + 1] = t34;
          y$bits[2 * at27 + 2 * l + 2] &= (t34 < 0 | 0) - 1;
          y$bits[2 * at27 + 2 * l + 3] &= (t34 < 0 | 0) - 1;
          const t35 = sum3 + t32;
          y[at30 + l + 1] = t35;
          y$bits[2 * at30 + 2 * l + 2] &= (t35 < 0 | 0) - 1;
          y$bits[2 * at30 + 2 * l + 3] &= (t35 < 0 | 0) - 1;
        }
        for (let l = at1; l < at9; l++) {
          let sum = 0;
          let sum1 = 0;
          const at31 = at5 + l;
          const at32 = at11 + l + 2;
          const at33 = at11 + l + 3;
          const at34 = at11 + l + 4;
          const at35 = at18 + l + 4;
          const at36 = at18 + l + 5;
          const at37 = at18 + l + 6;
          for (let m = 0; m < 4; m++) {
            const t36 = x[at31 + at7 * m];
            sum += t36 * weight[at8 + 9 * m];
            sum1 += t36 * weight[at8 + 9 * m + 36];
            const t37 = x[at31 + at7 * m + 1];
            sum += t37 * weight[at8 + 9 * m + 1];
            sum1 += t37 * weight[at8 + 9 * m + 37];
            const t38 = x[at31 + at7 * m + 2];
            sum += t38 * weight[at8 + 9 * m + 2];
            sum1 += t38 * weight[at8 + 9 * m + 38];
            const t39 = x[at32 + at7 * m];
            sum += t39 * weight[at8 + 9 * m + 3];
            sum1 += t39 * weight[at8 + 9 * m + 39];
            const t40 = x[at33 + at7 * m];
            sum += t40 * weight[at8 + 9 * m + 4];
            sum1 += t40 * weight[at8 + 9 * m + 40];
            const t41 = x[at34 + at7 * m];
            sum += t41 * weight[at8 + 9 * m + 5];
            sum1 += t41 * weight[at8 + 9 * m + 41];
            const t42 = x[at35 + at7 * m];
            sum += t42 * weight[at8 + 9 * m + 6];
            sum1 += t42 * weight[at8 + 9 * m + 42];
            const t43 = x[at36 + at7 * m];
            sum += t43 * weight[at8 + 9 * m + 7];
            sum1 += t43 * weight[at8 + 9 * m + 43];
            const t44 = x[at37 + at7 * m];
            sum += t44 * weight[at8 + 9 * m + 8];
            sum1 += t44 * weight[at8 + 9 * m + 44];
          }
          const t45 = sum + t30;
          y[at27 + l] = t45;
          y$bits[2 * at27 + 2 * l] &= (t45 < 0 | 0) - 1;
          y$bits[2 * at27 + 2 * l + 1] &= (t45 < 0 | 0) - 1;
          const t46 = sum1 + t32;
          y[at30 + l] = t46;
          y$bits[2 * at30 + 2 * l] &= (t46 < 0 | 0) - 1;
          y$bits[2 * at30 + 2 * l + 1] &= (t46 < 0 | 0) - 1;
        }
      }
    }
  }
}

function Upsample(y, H, W) {
  const at = 4 * Math.floor(H / 4);
  const t = Math.fround(Math.fround(Math.floor(H / 2)) / Math.fround(H));
  const at1 = Math.floor(H / 2) - 1;
  const at2 = Math.floor(W / 2);
  for (let i = 0; i < at; i += 4) {
    y[i] = Math.imul(Math.min(Math.fround(Math.fround(i) * t), at1) | 0, at2);
    y[i + 1] = Math.imul(Math.min(Math.fround(Math.fround(i + 1) * t), at1) | 0, at2);
    y[i + 2] = Math.imul(Math.min(Math.fround(Math.fround(i + 2) * t), at1) | 0, at2);
    y[i + 3] = Math.imul(Math.min(Math.fround(Math.fround(i + 3) * t), at1) | 0, at2);
  }
  for (let i = at; i < H; i++) {
    y[i] = Math.imul(Math.min(Math.fround(Math.fround(i) * t), at1) | 0, at2);
  }
}

function Upsample_1(y, W) {
  const at = 4 * Math.floor(W / 4);
  const t = Math.fround(Math.fround(Math.floor(W / 2)) / Math.fround(W));
  const at1 = Math.floor(W / 2) - 1;
  for (let i = 0; i < at; i += 4) {
    y[i] = Math.min(Math.fround(Math.fround(i) * t), at1) | 0;
    y[i + 1] = Math.min(Math.fround(Math.fround(i + 1) * t), at1) | 0;
    y[i + 2] = Math.min(Math.fround(Math.fround(i + 2) * t), at1) | 0;
    y[i + 3] = Math.min(Math.fround(Math.fround(i + 3) * t), at1) | 0;
  }
  for (let i = at; i < W; i++) {
    y[i] = Math.min(Math.fround(Math.fround(i) * t), at1) | 0;
  }
}

function Upsample_Concat(x, x1, x2, x3, y, H, N, W) {
  const at = 4 * H * W;
  const at3 = 4 * Math.floor(W / 4);
  const at4 = 4 * Math.floor(H / 2) * Math.floor(W / 2);
  const at6 = Math.floor(H / 2) * Math.floor(W / 2);
  for (let i = 0; i < N; i++) {
    const at1 = 4 * H * W * i;
    const at2 = 8 * H * W * i;
    for (let j = 0; j < at; j += 4) {
      y[at2 + j] = x3[at1 + j];
      y[at2 + j + 1] = x3[at1 + j + 1];
      y[at2 + j + 2] = x3[at1 + j + 2];
      y[at2 + j + 3] = x3[at1 + j + 3];
    }
    const at5 = at4 * i;
    const at8 = 8 * H * W * i + at;
    for (let m = 0; m < 4; m++) {
      const at7 = at5 + at6 * m;
      const at9 = H * W * m + at8;
      for (let k = 0; k < H; k++) {
        const t = x[k];
        const at10 = W * k + at9;
        for (let l = 0; l < at3; l += 4) {
          y[at10 + l] = x2[at7 + (t + x1[l] | 0)];
          y[at10 + l + 1] = x2[at7 + (t + x1[l + 1] | 0)];
          y[at10 + l + 2] = x2[at7 + (t + x1[l + 2] | 0)];
          y[at10 + l + 3] = x2[at7 + (t + x1[l + 3] | 0)];
        }
        for (let l = at3; l < W; l++) {
          y[at10 + l] = x2[at7 + (t + x1[l] | 0)];
        }
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
  const [p0, p1] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float32Array(0);
  let slot1 = new Float32Array(0);
  let slot2 = new Float64Array(0);
  let slot3 = new Int32Array(0);
  let slot4 = new Int32Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0, size_H = 0, size_W = 0;
  function dispose() {
    slot0 = new Float32Array(0);
    slot1 = new Float32Array(0);
    slot2 = new Float64Array(0);
    slot3 = new Int32Array(0);
    slot4 = new Int32Array(0);
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
    if (size_N % 1 || size_H % 1 || size_W % 1 || (s && (s.length !== 4 || s[1] !== 4)) || x.length !== 4 * size_H * size_N * size_W) refuse(inputs[0], s, x);
    return x;
  }
  function fit() {
    if (Math.floor(size_H / 2) < 1) throw new RangeError("MaxPool2d(2) at source.nn:4:16: its size H at dim 2 is less than a window of 2");
    if (Math.floor(size_W / 2) < 1) throw new RangeError("MaxPool2d(2) at source.nn:4:16: its size W at dim 3 is less than a window of 2");
    if (Math.floor(size_H / 2) < 2) throw new RangeError("Conv2d(4, 4, 3, padding=1, padding_mode=\"reflect\") at source.nn:4:32: the size at dim 2 must be more than the padding of 1, which mirrors it");
    if (Math.floor(size_W / 2) < 2) throw new RangeError("Conv2d(4, 4, 3, padding=1, padding_mode=\"reflect\") at source.nn:4:32: the size at dim 3 must be more than the padding of 1, which mirrors it");
    if (size_H < 1) throw new RangeError("Upsample(size=[H, W]) at source.nn:5:23: its size (H // 2) would become H, and both must be at least 1");
    if (size_W < 1) throw new RangeError("Upsample(size=[H, W]) at source.nn:5:23: its size (W // 2) would become W, and both must be at least 1");
    idle = slot0.length / 4 - 16384 > 4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N || slot1.length / 4 - 16384 > 4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N + 8 * Math.floor(size_H / 2) * size_N + 8 * Math.floor(size_W / 2) * size_N + 16 * size_N || slot3.length / 4 - 16384 > size_H || slot4.length / 4 - 16384 > size_W ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N) slot0 = new Float32Array(4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N);
    if (slot1.length < 4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N + 8 * Math.floor(size_H / 2) * size_N + 8 * Math.floor(size_W / 2) * size_N + 16 * size_N) slot1 = new Float32Array(4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N + 8 * Math.floor(size_H / 2) * size_N + 8 * Math.floor(size_W / 2) * size_N + 16 * size_N);
    if (slot2.length < 4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N) slot2 = new Float64Array(4 * Math.floor(size_H / 2) * Math.floor(size_W / 2) * size_N);
    if (slot3.length < size_H) slot3 = new Int32Array(size_H);
    if (slot4.length < size_W) slot4 = new Int32Array(size_W);
  }
  function compute(x, y) {
    MaxPool2d(x, slot0, size_H, size_N, size_W);
    Conv2d(slot0, slot1, size_H, size_N, size_W);
    Conv2d_ReLU(slot1, p0, p1, slot2, size_H, size_N, size_W, bits(slot2));
    Upsample(slot3, size_H, size_W);
    Upsample_1(slot4, size_W);
    Upsample_Concat(slot3, slot4, slot2, x, y, size_H, size_N, size_W);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 8 * size_H * size_N * size_W) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, 8, size_H, size_W]);
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
Vo2juigbtz1kdwy+VjP7vU53g73mDzc9q2lYu99RBz6WVHK8ZqQ0PZBPTr1LMAa90AsjvhgP4r2btIy9q07KO+vwhj3Lzsw9ZmfnvVOjlL3L9Hc9NLgNPjB+\
DL17bP89qxHcvLZ4kDzciBo+ilIevt7h1r3W0yy9Pg2FvcZ0Ez7OPt29gCCdvSN47r361h++BkDHvWq0Ej4oT5g9Vm+lPSucDzz4/q69Vv7mPL9ZH77Oova9\
s/evvTNc1z2IIcg9MGGXvdYOxburTdo9V6opPhh4hz1gcrg8/tvkPVb6yL32a/48nlEEvsuS7L3DU7C9s3GaPVBFiT2OMMq9Cz1OPehhuz0rVKy8q4XQO1Yt\
Hj1WwdM9ht8jPg+FA747LXq9uyWGPeBnDT7wgxQ+wpYWPlDcBz2maBS+azN7PDuK1b2zDR++1KIXPqDEAT6qPiq+YI3/PAsB5rxLruC8aD+cvQhDgz1GLMq9\
e0J6PXOdrD3QWfQ9tkF/PTLqKL4AbN290G6qPRDiDj1kIgW+4IvEvfeNID4b/+U9dtSUvRvRK72mkyK+VlNEu6aFAL4XpQO+a3UWvID/zDxOyYu9IIrKPfa2\
z72b2xo+a+rpPZjrD76w5ym9AG72OyA0xzw26SE96PKFPUCRIzzei6a944OhPTq2I76AT8q9UOQqvZ5Epr3Q0W690uELvqs2Eb2m7BE9813evdYiDLwAWPQ9\
S1uMvFbIlztWkmu8tigKPYAI2T3SqSE+CMTYPYMIIj6AfEW8RFAZvoDRob1oaug9q5yNug";
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
  const { data } = create()({ shape: [4, 4, 4, 4], data: new Float32Array(256).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[-0.179999, -1.799892, 0.225002, -0.562489].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-6;
  }));
}

export default /* @__PURE__ */ create();
