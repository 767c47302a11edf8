// nnc 0.1.0: source.nn, sha256 0df859d9

export const inputs = [{ name: "tokens", dtype: "i32", shape: ["N"] }];
export const outputs = [{ name: "logits", dtype: "f32", shape: ["N", 10] }];
export const parameters = [
  { name: "wte.weight", dtype: "f32", shape: [10, 4], aliases: ["head.weight"] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function Embedding(weight, x, y, N) {
  for (let i = 0; i < N; i++) {
    const index = x[i];
    if (!(index >= 0 && index < 10)) throw new RangeError("Embedding(10, 4): index " + index + " is not in 0..9");
    const at = 4 * i;
    for (let j = 0; j < 4; j++) {
      y[at + j] = weight[j + 4 * index];
    }
  }
}

function Linear(x, weight, y, N) {
  for (let i = 0; i < N; i++) {
    const at = 4 * i;
    const at2 = 10 * i;
    for (let j = 0; j < 8; j += 4) {
      let sum = 0;
      const at1 = 4 * j;
      let sum$1 = 0;
      const at1$1 = 4 * j + 4;
      let sum$2 = 0;
      const at1$2 = 4 * j + 8;
      let sum$3 = 0;
      const at1$3 = 4 * j + 12;
      for (let k = 0; k < 4; k++) {
        const x$0 = x[at + k];
        sum += x$0 * weight[at1 + k];
        sum$1 += x$0 * weight[at1$1 + k];
        sum$2 += x$0 * weight[at1$2 + k];
        sum$3 += x$0 * weight[at1$3 + k];
      }
      y[at2 + j] = sum;
      y[at2 + j + 1] = sum$1;
      y[at2 + j + 2] = sum$2;
      y[at2 + j + 3] = sum$3;
    }
    for (let j = 8; j < 10; j++) {
      let sum = 0;
      const at1 = 4 * j;
      for (let k = 0; k < 4; k++) {
        sum += x[at + k] * weight[at1 + k];
      }
      y[at2 + j] = sum;
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
    const { name, dtype, shape, aliases = [] } = port;
    for (const other of aliases) {
      given[name] ??= given[other];
      delete given[other];
    }
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
  const [p0] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float32Array(0);
  let size_N = 0;
  function bind_tokens(value) {
    const x = dataOf(inputs[0], value);
    const { shape: s } = value;
    if (s) {
      size_N = s[0];
    } else {
      size_N = x.length;
    }
    if (size_N % 1 || (s && (s.length !== 1)) || x.length !== size_N) refuse(inputs[0], x, s);
    return x;
  }
  function fit() {
    if (slot0.length < 4 * size_N) slot0 = new Float32Array(4 * size_N);
  }
  let spare0;
  function run(ins, outs) {
    let tokens = bind_tokens(ins.tokens);
    fit();
    const logits = dataOf(outputs[0], outs.logits);
    if (logits.length !== 10 * size_N) refuse(outputs[0], logits);
    if (owned.has(logits.buffer)) unfit("lie in logits");
    if (tokens.buffer === logits.buffer || tokens.buffer.constructor !== ArrayBuffer) {
      if (spare0?.length !== tokens.length) spare0 = new Int32Array(tokens.length);
      spare0.set(tokens);
      tokens = spare0;
    }
    Embedding(p0, tokens, slot0, size_N);
    Linear(slot0, p0, logits, size_N);
  }
  function model(tokens) {
    tokens = tensor(inputs[0], tokens);
    bind_tokens(tokens);
    fit();
    const logits = { dtype: "f32", shape: [size_N, 10], data: new Float32Array(10 * size_N) };
    run({ tokens }, { logits });
    return logits;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state, input: own(inputs), output: own(outputs),
    run, refresh() {},
  });
}

function inside() {
  const { buffer } = Uint8Array.from(atob("hRuQv4qAk7/WS4C+XSXevhVFWT+DJzE/bcyhvsFfB8A4AaU+9LShv/8wsz67w50+d2/1PZNrnj+O8o4/fDZ9vsIjrb9GFNm/BBARP10jSz+LTRk/Ww3Hv8rGrr5OL+0/QgtdvqMXPr+CDhA/4u2EPtUiMr5Qwi2/2zFwPyVN+j48A5o/hyCtPSuemb+u0Zy7jaAEv1UInb4CXsq/SnPaPw=="), (c) => c.charCodeAt());
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
  const y = model(made(model.input("tokens", [2])));
  return worst(y.data, [2.8464898, 0.87159567, 0.39938987, 0.53079406, -0.75602084, -1.3630912, -4.3795389, -1.9479104]);
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
