// nnc 0.1.0: source.nn, sha256 b3d8df56
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 6, "H", "W"], unbatched: true }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 6, "H", "W"], unbatched: true }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [6] },
  { name: "0.bias", dtype: "f32", shape: [6] },
  { name: "1.weight", dtype: "f32", shape: [6] },
];

function PReLU(weight, y) {
  for (let i = 0; i < 6; i++) {
    y[2 * i] = weight[i];
    y[2 * i + 1] = 1;
  }
}

function InstanceNorm2d_PReLU(x, weight, bias, prepared, y, H, N, W) {
  const at = 4 * Math.floor(H * W / 4);
  const at3 = Math.floor(H / 3) * W + Math.floor(W / 3);
  const at5 = Math.floor(2 * H / 3) * W + Math.floor(2 * W / 3);
  const at7 = H * W;
  for (let i = 0; i < N; i++) {
    const at1 = 6 * H * W * i;
    const at4 = 6 * H * W * i + at3;
    const at6 = 6 * H * W * i + at5;
    for (let j = 0; j < 6; j++) {
      let sum = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      let sum4 = 0;
      let sum5 = 0;
      let sum6 = 0;
      let sum7 = 0;
      const at2 = H * W * j + at1;
      const t = x[H * W * j + at1];
      const t1 = x[H * W * j + at4];
      const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[H * W * j + at6]));
      for (let k = 0; k < at; k += 4) {
        const t3 = x[at2 + k] - t2;
        sum += t3;
        sum1 += t3 * t3;
        const t4 = x[at2 + k + 1] - t2;
        sum2 += t4;
        sum5 += t4 * t4;
        const t5 = x[at2 + k + 2] - t2;
        sum3 += t5;
        sum6 += t5 * t5;
        const t6 = x[at2 + k + 3] - t2;
        sum4 += t6;
        sum7 += t6 * t6;
      }
      for (let k = at; k < at7; k++) {
        const t7 = x[at2 + k] - t2;
        sum += t7;
        sum1 += t7 * t7;
      }
      sum += sum2 + (sum3 + sum4);
      sum1 += sum5 + (sum6 + sum7);
      const t8 = sum / at7;
      const mean = t2 + t8;
      const t9 = 1 / Math.sqrt(sum1 / at7 - t8 * t8 + 0.00001);
      const t10 = weight[j];
      const t11 = bias[j];
      const at8 = 2 * j;
      for (let m = 0; m < at; m += 4) {
        const t12 = (x[at2 + m] - mean) * t9 * t10 + t11;
        const t13 = (x[at2 + m + 1] - mean) * t9 * t10 + t11;
        const t14 = (x[at2 + m + 2] - mean) * t9 * t10 + t11;
        const t15 = (x[at2 + m + 3] - mean) * t9 * t10 + t11;
        y[at2 + m] = t12 * prepared[at8 + (0 < t12 | 0)];
        y[at2 + m + 1] = t13 * prepared[at8 + (0 < t13 | 0)];
        y[at2 + m + 2] = t14 * prepared[at8 + (0 < t14 | 0)];
        y[at2 + m + 3] = t15 * prepared[at8 + (0 < t15 | 0)];
      }
      for (let m = at; m < at7; m++) {
        const t16 = (x[at2 + m] - mean) * t9 * t10 + t11;
        y[at2 + m] = t16 * prepared[at8 + (0 < t16 | 0)];
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
  const prepared0 = new Float32Array(12);
  let spare0;
  let size_N = 0, size_H = 0, size_W = 0, unbatched_N = 0;
  function prepare() {
    PReLU(p2, prepared0);
  }
  function dispose() {
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
    if (size_H * size_W === 1) throw new RangeError("InstanceNorm2d(6, affine=True) at source.nn:2:1: there must be more than 1 spatial element");
  }
  function compute(x, y) {
    InstanceNorm2d_PReLU(x, p0, p1, prepared0, y, size_H, size_N, size_W);
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
  prepare();
  return Object.assign(model, {
    inputs, outputs, parameters: state,
    input: (name, shape) => fresh(portOf(inputs, name), shape),
    output: (name, shape) => fresh(portOf(outputs, name), shape),
    run, refresh: prepare, dispose,
  });
}

function inside() {
  const values = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 6, 2, 2], data: new Float32Array(48).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.001512, 0.577302, -0.100607, -0.176712].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 2e-6;
  }));
}

export default /* @__PURE__ */ create();
