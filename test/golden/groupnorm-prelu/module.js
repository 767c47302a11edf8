// nnc 0.1.0: source.nn, sha256 c328f913
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 6, "..."] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 6, "..."] }];
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

function GroupNorm_PReLU(x, weight, bias, prepared, y, run$, N) {
  const at = 4 * Math.floor(3 * run$ / 4);
  const at3 = Math.floor(run$ / 3) + run$;
  const at5 = Math.floor(2 * run$ / 3) + 2 * run$;
  const at7 = 3 * run$;
  const at8 = 4 * Math.floor(run$ / 4);
  for (let i = 0; i < N; i++) {
    const at1 = 6 * run$ * i;
    const at4 = 6 * run$ * i + at3;
    const at6 = 6 * run$ * i + at5;
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      let sum4 = 0;
      let sum5 = 0;
      let sum6 = 0;
      let sum7 = 0;
      const at2 = 3 * run$ * j + at1;
      const t = x[3 * run$ * j + at1];
      const t1 = x[3 * run$ * j + at4];
      const t2 = Math.max(Math.min(t, t1), Math.min(Math.max(t, t1), x[3 * run$ * j + at6]));
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
      const at10 = 3 * j;
      const at11 = 6 * j;
      for (let k = 0; k < 3; k++) {
        const at9 = run$ * k + at2;
        const t10 = weight[at10 + k];
        const t11 = bias[at10 + k];
        const at12 = 2 * k;
        for (let l = 0; l < at8; l += 4) {
          const t12 = (x[at9 + l] - mean) * t9 * t10 + t11;
          const t13 = (x[at9 + l + 1] - mean) * t9 * t10 + t11;
          const t14 = (x[at9 + l + 2] - mean) * t9 * t10 + t11;
          const t15 = (x[at9 + l + 3] - mean) * t9 * t10 + t11;
          y[at9 + l] = t12 * prepared[at12 + (at11 + (0 < t12 | 0) | 0)];
          y[at9 + l + 1] = t13 * prepared[at12 + (at11 + (0 < t13 | 0) | 0)];
          y[at9 + l + 2] = t14 * prepared[at12 + (at11 + (0 < t14 | 0) | 0)];
          y[at9 + l + 3] = t15 * prepared[at12 + (at11 + (0 < t15 | 0) | 0)];
        }
        for (let l = at8; l < run$; l++) {
          const t16 = (x[at9 + l] - mean) * t9 * t10 + t11;
          y[at9 + l] = t16 * prepared[at12 + (at11 + (0 < t16 | 0) | 0)];
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

export function create({ weights = inside() } = {}) {
  const state = stateOf(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2] = parameters.map(({ name }) => state[name].data);
  const prepared0 = new Float32Array(12);
  let spare0;
  let size_N = 0, size_run$ = 0;
  function prepare() {
    PReLU(p2, prepared0);
  }
  function dispose() {
    spare0 = undefined;
  }
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
      size_run$ = 1;
      for (let i = 2; i < s.length; i++) size_run$ *= s[i];
    } else {
      size_N = x.length / 6;
      size_run$ = 1;
    }
    if (size_N % 1 || size_run$ % 1 || (s && (s.length < 2 || s[1] !== 6))) refuse(inputs[0], s, x);
    return x;
  }
  function compute(x, y) {
    GroupNorm_PReLU(x, p0, p1, prepared0, y, size_run$, size_N);
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 6 * size_N * size_run$) refuse(outputs[0], null, y);
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
    const lead = x.shape ? x.shape.slice(2) : size_run$ === 1 ? [] : [size_run$];
    const y = fresh(outputs[0], [size_N, 6, ...lead]);
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
  const { data } = create()({ shape: [2, 6, 2], data: new Float32Array(24).map((_, i) => 9 / ((i * 37) % 101 - 50.0003)) });
  return Math.max(...[0.347968, -0.202195, 0.447149, 1.38871].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-6;
  }));
}

export default /* @__PURE__ */ create();
