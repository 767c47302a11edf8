// nnc 0.1.0: source.nn, sha256 057d7fc9

export const inputs = [{ name: "x", dtype: "i32", shape: ["..."] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["...", 4] }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [10, 4] },
  { name: "1.weight", dtype: "f32", shape: [4] },
  { name: "1.bias", dtype: "f32", shape: [4] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function Embedding_LayerNorm(weight, x, weight1, bias, y, run$) {
  for (let i = 0; i < run$; i++) {
    let sum = 0;
    let sum1 = 0;
    const index = x[i];
    if (!(index >= 0 && index < 10)) throw new RangeError("Embedding(10, 4): index " + index + " is not in 0..9");
    const t = weight[4 * index];
    for (let j = 0; j < 4; j++) {
      const t1 = weight[j + 4 * index] - t;
      sum += t1;
      sum1 += t1 * t1;
    }
    const t2 = sum / 4;
    const mean = t + t2;
    const t3 = 1 / Math.sqrt(sum1 / 4 - t2 * t2 + 0.00001);
    const at = 4 * i;
    for (let j = 0; j < 4; j++) {
      y[at + j] = (weight[j + 4 * index] - mean) * t3 * weight1[j] + bias[j];
    }
  }
}

function count(shape) {
  let n = Array.isArray(shape) ? 1 : -1;
  for (let i = 0; n >= 0 && i < shape.length; i++) n = Number.isSafeInteger(shape[i]) && shape[i] >= 0 ? n * shape[i] : -1;
  return n;
}

function dataOf(port, value) {
  const { dtype = port.dtype, shape, data = value } = value ?? {};
  if (dtype !== port.dtype) refuse(port, data, dtype, value);
  if (data?.[Symbol.toStringTag] !== arrays[port.dtype].name || (shape && count(shape) !== data.length)) refuse(port, data, shape && count(shape), value);
  return data;
}

function tensor(port, value) {
  if (value?.data || value?.buffer) return value;
  const shape = [];
  for (let v = value; Array.isArray(v) && shape.length < 65; v = v[0]) shape.push(v.length);
  const total = count(shape);
  const data = total < 2 ** 28 && shape.reduce((level, n) => level.flatMap((v) => v?.length === n ? v : null), [value]);
  if (data.length !== total || !data.every((v) => port.dtype === "f32" ? typeof v === "number" : Number.isInteger(v) && v === (v | 0))) refuse(port, value);
  return { shape, data: arrays[port.dtype].from(data) };
}

function refuse({ name, dtype, shape }, data, got = data?.length) {
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}], not ${data && `${data.constructor.name}[${got}]`}`);
}

function own(ports) {
  return (name, shape) => {
    const { dtype } = ports.find((port) => port.name === name);
    return { dtype, shape, data: new arrays[dtype](count(shape)) };
  };
}

function unfit(reason) {
  throw new TypeError("weights " + reason.replace(/[^ -~]/g, escape));
}

function load(weights) {
  if (weights.byteLength >= 0) unfit("are inside: use nnc compile --external for files");
  const given = { __proto__: null, ...weights };
  const state = { __proto__: null };
  for (const port of parameters) {
    const { name, dtype, shape } = port;
    const one = given[name];
    const value = tensor(port, one?.data ?? unfit(`lack ${name} [${shape}]`));
    const data = value.data ?? value;
    if (one.shape + "" != shape || data.length !== count(shape) || !(/^Float[36]/.test(data[Symbol.toStringTag]))) refuse(port, data, one.shape);
    state[name] = { dtype, shape, data: new Float32Array(data) };
    delete given[name];
  }
  for (const name in given) unfit(`have the unknown ${name}`);
  return state;
}

export function create({ weights = inside() } = {}) {
  const state = load(weights);
  const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));
  const [p0, p1, p2] = parameters.map(({ name }) => state[name].data);
  let size_run$ = 0;
  function bind_x(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    size_run$ = x.length;
    if (size_run$ % 1 || (s && (s.length < 0))) refuse(inputs[0], x, s);
    return x;
  }
  let spare0;
  function run(ins, outs) {
    let x = bind_x(ins.x);
    const y = dataOf(outputs[0], outs.y);
    if (y.length !== 4 * size_run$) refuse(outputs[0], y);
    if (owned.has(y.buffer)) unfit("lie in y");
    if (x.buffer === y.buffer || x.buffer.constructor !== ArrayBuffer) {
      if (spare0?.length !== x.length) spare0 = new Int32Array(x.length);
      spare0.set(x);
      x = spare0;
    }
    Embedding_LayerNorm(p0, x, p1, p2, y, size_run$);
  }
  function model(x) {
    x = tensor(inputs[0], x);
    bind_x(x);
    const lead = x.shape ? x.shape.slice(0) : size_run$ === 1 ? [] : [size_run$];
    const y = { dtype: "f32", shape: [...lead, 4], data: new Float32Array(4 * size_run$) };
    run({ x }, { y });
    return y;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state, input: own(inputs), output: own(outputs),
    run, refresh() {},
  });
}

function inside() {
  const { buffer } = Uint8Array.from(atob("hRuQv4qAk7/WS4C+XSXevhVFWT+DJzE/bcyhvsFfB8A4AaU+9LShv/8wsz67w50+d2/1PZNrnj+O8o4/fDZ9vsIjrb9GFNm/BBARP10jSz+LTRk/Ww3Hv8rGrr5OL+0/QgtdvqMXPr+CDhA/4u2EPtUiMr5Qwi2/2zFwPyVN+j48A5o/hyCtPSuemb+u0Zy7jaAEv1UInb4CXsq/SnPaPwAAgD8AAIA/AACAPwAAgD8AAAAAAAAAAAAAAAAAAAAA"), (c) => c.charCodeAt());
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new arrays[dtype](buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}

export function selfTest() {
  const model = create();
  const y = model(made(model.input("x", [2])));
  return worst(y.data, [-0.95389346, -1.0195716, 1.2137056, 0.7597595, 0.90747501, 0.77474159, -0.079101241, -1.6031154]);
}

function made(tensor) {
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = ((i * 37) % 101) % 2;
  return tensor;
}

function worst(data, wanted) {
  const rms = Math.hypot(...wanted.filter(isFinite)) / wanted.length ** 0.5;
  return Math.max(...wanted.map((want, i) => {
    const got = data[(i * data.length) / wanted.length | 0];
    const exponent = Math.floor(Math.log2(Math.max(Math.abs(want), rms, 1e-38)));
    return Object.is(got, want) ? 0 : Math.abs(got - want) / 2 ** (exponent - 23);
  }));
}

export default create();
