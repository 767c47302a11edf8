// nnc 0.1.0: source.nn, sha256 1cd56c2a
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 2, 5, 5] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 4, 3, 3] }];
export const parameters = [
  { name: "y.0.weight", dtype: "f16", shape: [4, 2, 3, 3] },
  { name: "y.0.bias", dtype: "f32", shape: [4] },
  { name: "y.1.weight", dtype: "f32", shape: [4] },
  { name: "y.1.bias", dtype: "f32", shape: [4] },
  { name: "y.1.running_mean", dtype: "f32", shape: [4] },
  { name: "y.1.running_var", dtype: "f32", shape: [4] },
  { name: "y.1.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f16: Int16Array, f32: Float32Array, i32: Int32Array };

function BatchNorm2d(running_var, weight, running_mean, bias, y, y1) {
  for (let i = 0; i < 4; i++) {
    const t = weight[i] * (1 / Math.sqrt(running_var[i] + 0.00001));
    y[i] = t;
    y1[i] = bias[i] - running_mean[i] * t;
  }
}

function Conv2d_BatchNorm2d(x, weight, bias, prepared, prepared1, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 50 * i;
    const at4 = 36 * i;
    for (let j = 0; j < 4; j += 2) {
      const at3 = 18 * j;
      const t30 = bias[j];
      const t31 = prepared[j];
      const t32 = prepared1[j];
      const at5 = at4 + 9 * j;
      const t33 = bias[j + 1];
      const t34 = prepared[j + 1];
      const t35 = prepared1[j + 1];
      for (let k = 0; k < 3; k++) {
        const at1 = at + 5 * k;
        const at6 = at5 + 3 * k;
        for (let l = 0; l < 2; l += 2) {
          let sum = 0;
          let sum1 = 0;
          let sum2 = 0;
          let sum3 = 0;
          const at2 = at1 + l;
          for (let m = 0; m < 2; m++) {
            const t = x[at2 + 25 * m];
            const t1 = fromBits(weight[at3 + 9 * m] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t * t1;
            const t2 = fromBits(weight[at3 + 9 * m + 18] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t * t2;
            const t3 = x[at2 + 25 * m + 1];
            sum2 += t3 * t1;
            sum3 += t3 * t2;
            const t4 = fromBits(weight[at3 + 9 * m + 1] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t3 * t4;
            const t5 = fromBits(weight[at3 + 9 * m + 19] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t3 * t5;
            const t6 = x[at2 + 25 * m + 2];
            sum2 += t6 * t4;
            sum3 += t6 * t5;
            const t7 = fromBits(weight[at3 + 9 * m + 2] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t6 * t7;
            const t8 = fromBits(weight[at3 + 9 * m + 20] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t6 * t8;
            const t9 = x[at2 + 25 * m + 3];
            sum2 += t9 * t7;
            sum3 += t9 * t8;
            const t10 = x[at2 + 25 * m + 5];
            const t11 = fromBits(weight[at3 + 9 * m + 3] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t10 * t11;
            const t12 = fromBits(weight[at3 + 9 * m + 21] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t10 * t12;
            const t13 = x[at2 + 25 * m + 6];
            sum2 += t13 * t11;
            sum3 += t13 * t12;
            const t14 = fromBits(weight[at3 + 9 * m + 4] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t13 * t14;
            const t15 = fromBits(weight[at3 + 9 * m + 22] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t13 * t15;
            const t16 = x[at2 + 25 * m + 7];
            sum2 += t16 * t14;
            sum3 += t16 * t15;
            const t17 = fromBits(weight[at3 + 9 * m + 5] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t16 * t17;
            const t18 = fromBits(weight[at3 + 9 * m + 23] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t16 * t18;
            const t19 = x[at2 + 25 * m + 8];
            sum2 += t19 * t17;
            sum3 += t19 * t18;
            const t20 = x[at2 + 25 * m + 10];
            const t21 = fromBits(weight[at3 + 9 * m + 6] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t20 * t21;
            const t22 = fromBits(weight[at3 + 9 * m + 24] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t20 * t22;
            const t23 = x[at2 + 25 * m + 11];
            sum2 += t23 * t21;
            sum3 += t23 * t22;
            const t24 = fromBits(weight[at3 + 9 * m + 7] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t23 * t24;
            const t25 = fromBits(weight[at3 + 9 * m + 25] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t23 * t25;
            const t26 = x[at2 + 25 * m + 12];
            sum2 += t26 * t24;
            sum3 += t26 * t25;
            const t27 = fromBits(weight[at3 + 9 * m + 8] << 13 & -1879056384) * 5.192296858534828e+33;
            sum += t26 * t27;
            const t28 = fromBits(weight[at3 + 9 * m + 26] << 13 & -1879056384) * 5.192296858534828e+33;
            sum1 += t26 * t28;
            const t29 = x[at2 + 25 * m + 13];
            sum2 += t29 * t27;
            sum3 += t29 * t28;
          }
          y[at6 + l] = (sum + t30) * t31 + t32;
          y[at6 + l + 9] = (sum1 + t33) * t34 + t35;
          y[at6 + l + 1] = (sum2 + t30) * t31 + t32;
          y[at6 + l + 10] = (sum3 + t33) * t34 + t35;
        }
        for (let l = 2; l < 3; l++) {
          let sum = 0;
          let sum1 = 0;
          const at7 = at1 + l;
          for (let m = 0; m < 2; m++) {
            const t36 = x[at7 + 25 * m];
            sum += t36 * (fromBits(weight[at3 + 9 * m] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t36 * (fromBits(weight[at3 + 9 * m + 18] << 13 & -1879056384) * 5.192296858534828e+33);
            const t37 = x[at7 + 25 * m + 1];
            sum += t37 * (fromBits(weight[at3 + 9 * m + 1] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t37 * (fromBits(weight[at3 + 9 * m + 19] << 13 & -1879056384) * 5.192296858534828e+33);
            const t38 = x[at7 + 25 * m + 2];
            sum += t38 * (fromBits(weight[at3 + 9 * m + 2] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t38 * (fromBits(weight[at3 + 9 * m + 20] << 13 & -1879056384) * 5.192296858534828e+33);
            const t39 = x[at7 + 25 * m + 5];
            sum += t39 * (fromBits(weight[at3 + 9 * m + 3] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t39 * (fromBits(weight[at3 + 9 * m + 21] << 13 & -1879056384) * 5.192296858534828e+33);
            const t40 = x[at7 + 25 * m + 6];
            sum += t40 * (fromBits(weight[at3 + 9 * m + 4] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t40 * (fromBits(weight[at3 + 9 * m + 22] << 13 & -1879056384) * 5.192296858534828e+33);
            const t41 = x[at7 + 25 * m + 7];
            sum += t41 * (fromBits(weight[at3 + 9 * m + 5] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t41 * (fromBits(weight[at3 + 9 * m + 23] << 13 & -1879056384) * 5.192296858534828e+33);
            const t42 = x[at7 + 25 * m + 10];
            sum += t42 * (fromBits(weight[at3 + 9 * m + 6] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t42 * (fromBits(weight[at3 + 9 * m + 24] << 13 & -1879056384) * 5.192296858534828e+33);
            const t43 = x[at7 + 25 * m + 11];
            sum += t43 * (fromBits(weight[at3 + 9 * m + 7] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t43 * (fromBits(weight[at3 + 9 * m + 25] << 13 & -1879056384) * 5.192296858534828e+33);
            const t44 = x[at7 + 25 * m + 12];
            sum += t44 * (fromBits(weight[at3 + 9 * m + 8] << 13 & -1879056384) * 5.192296858534828e+33);
            sum1 += t44 * (fromBits(weight[at3 + 9 * m + 26] << 13 & -1879056384) * 5.192296858534828e+33);
          }
          y[at6 + l] = (sum + t30) * t31 + t32;
          y[at6 + l + 9] = (sum1 + t33) * t34 + t35;
        }
      }
    }
  }
}

function fromBits(x) {
  word$int[0] = x;
  return word$float[0];
}

const word$float = /* @__PURE__ */ new Float32Array(1);
const word$int = /* @__PURE__ */ new Int32Array(word$float.buffer);

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
  if (!(value?.flat || (port.dtype === "i32" ? Number.isInteger(value) && value === (value | 0) : (port.dtype === "f16" ? Number.isInteger(value) : typeof value === "number")))) return value;
  const shape = [];
  const data = [];
  const place = [];
  const read = (v, axis) => {
    const list = v?.flat && axis < 64;
    if (list && (shape[axis] ??= data.length ? -1 : v.length) === v.length) v.forEach((one, i) => read(one, axis + 1, place[axis] = i));
    else if (!list && (port.dtype === "i32" ? Number.isInteger(v) && v === (v | 0) : (port.dtype === "f16" ? Number.isInteger(v) : typeof v === "number")) && axis === shape.length) data.push(v);
    else refuse(port, `${list ? v.length + " values" : `${v} (${typeof v})`} at ${port.name}[${place.slice(0, axis)}]`);
  };
  read(value, 0);
  return { shape, data: arrays[port.dtype].from(data) };
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
    if (one.shape + "" != shape || data?.length !== count(shape) || !(dtype === "i32" ? /^(Big)?Int/.test(data[Symbol.toStringTag]) && data.every((v) => Number(v) === (Number(v) | 0)) : dtype === "f32" ? /^Float/.test(data[Symbol.toStringTag]) : (data[Symbol.toStringTag] === "Int16Array"))) refuse(port, `${data?.[Symbol.toStringTag]} of shape [${one.shape}]`);
    state[name] = { dtype, shape, data: dtype === "i32" ? Int32Array.from(data, Number) : dtype === "f32" ? new Float32Array(data) : new Int16Array(data) };
    delete given[name];
  }
  for (const name in given) unfit("have the unknown " + name);
  return state;
}

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2, p3, p4, p5, p6] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float64Array(4);
  const prepared1 = new Float64Array(4);
  let spare0;
  let size_N = 0;
  function prepare() {
    BatchNorm2d(p5, p2, p4, p3, prepared0, prepared1);
  }
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
    } else {
      size_N = x.length / 50;
    }
    if (size_N % 1 || (s && (s.length !== 4 || s[1] !== 2 || s[2] !== 5 || s[3] !== 5)) || x.length !== 50 * size_N) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, y) {
    Conv2d_BatchNorm2d(x, p0, p1, prepared0, prepared1, y, size_N);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 36 * size_N) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, 4, 3, 3]);
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
  const values = [-26822, 12300, -19915, -20083, -21041, 11276, -25400, 12795, -23205, 11260, -21361, -22034, -19659, -20225, -20936, 8312,
    11767, 12423, -20195, -20846, 11643, 12867, -21963, 12709, -22307, 9827, 13012, -19713, -20288, -21597, -21023, 12932,
    -20252, -20750, -20155, -19696, -20377, 12924, 11963, 12112, 8793, -20548, 10523, -19701, -20109, -20537, 12482, 12396,
    -20815, -24485, 12499, 13184, 11773, 10259, 12559, -20367, 10655, -20007, -20166, -20533, 11987, 11793, -20360, 11407,
    12324, -22626, 8348, 11006, 12462, 13118, -20016, -21113, 0.09263332, 0.19529097, 0.20510983, 0.20797348, 1, 1, 1, 1, 0,
    0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0];
  const tensors = { __proto__: null };
  for (const { name, shape } of parameters) tensors[name] = { shape, data: values.splice(0, count(shape)) };
  return tensors;
}

export function selfTest() {
  const { data } = create()({ shape: [2, 2, 5, 5], data: new Float32Array(100).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[-0.055443, 0.856173, 0.354797, 1.766272].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-6;
  }));
}

export default /* @__PURE__ */ create();
