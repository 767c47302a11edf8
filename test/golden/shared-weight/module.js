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
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i];
  return n;
}

function tensor(port, value) {
  if (value?.data) return value;
  if (ArrayBuffer.isView(value)) return { data: value };
  const shape = [];
  for (let v = value; Array.isArray(v); v = v[0]) shape.push(v.length);
  const data = [value].flat(Infinity);
  if (data.length !== count(shape) || !data.every((v) => v === (v | 0))) refuse(port, value);
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

function parse(bytes) {
  const start = 8 + bytes.subarray(0, 8).reduceRight((length, byte) => 256 * length + byte, 0);
  let tensors;
  let at = start;
  try {
    tensors = JSON.parse(bytes.subarray(8, start).reduce((text, byte) => text + String.fromCharCode(byte), ""));
  } catch {
    unfit("are no safetensors file");
  }
  delete tensors.__metadata__;
  for (const name of Object.keys(tensors).sort((a, b) => tensors[a].data_offsets[1] - tensors[b].data_offsets[1])) {
    const { dtype, shape, data_offsets } = tensors[name];
    const from = at;
    at += 4 * count(shape);
    const got = `${dtype} at ${data_offsets}`;
    const wanted = `F32 at ${from - start},${at - start}`;
    if (got !== wanted) unfit(`have ${name} as ${got}, not ${wanted}`);
    tensors[name] = { shape, data: new Float32Array(bytes.slice(from, at).buffer) };
  }
  if (at !== bytes.length) unfit("are cut off or too long");
  return tensors;
}

function load(weights) {
  const given = { __proto__: null, ...(weights.byteLength >= 0 ? parse(new Uint8Array(weights.buffer ?? weights, weights.byteOffset, weights.byteLength)) : weights) };
  const state = { __proto__: null };
  for (const { name, dtype, shape, aliases = [] } of parameters) {
    for (const other of aliases) {
      given[name] ??= given[other];
      delete given[other];
    }
    if (String(given[name]?.shape) !== String(shape) || given[name].data.length !== count(shape)) unfit(`lack ${name} [${shape}]`);
    state[name] = { dtype, shape, data: new arrays[dtype](given[name].data) };
    delete given[name];
  }
  for (const name in given) unfit(`have the unknown ${name}`);
  return state;
}

export function create({ weights = inside() } = {}) {
  const state = load(weights);
  const [p0] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float32Array(0);
  let size_N = 0;
  function bind_tokens(x, s) {
    if (s) {
      size_N = s[0];
    } else {
      size_N = x?.length;
    }
    if (!(x instanceof Int32Array) || size_N % 1 || (s && (count(s) !== x.length || s.length !== 1)) || x.length !== size_N) refuse(inputs[0], x, s);
  }
  function fit() {
    if (slot0.length < 4 * size_N) slot0 = new Float32Array(4 * size_N);
  }
  let spare0;
  function run(ins, outs) {
    let tokens = ins.tokens?.data ?? ins.tokens;
    bind_tokens(tokens, ins.tokens?.shape);
    fit();
    const logits = outs.logits?.data ?? outs.logits;
    if (!(logits instanceof Float32Array) || logits.length !== 10 * size_N) refuse(outputs[0], logits);
    if (tokens.buffer === logits.buffer) {
      if (spare0?.length !== tokens.length) spare0 = tokens.slice();
      spare0.set(tokens);
      tokens = spare0;
    }
    Embedding(p0, tokens, slot0, size_N);
    Linear(slot0, p0, logits, size_N);
  }
  function model(tokens) {
    tokens = tensor(inputs[0], tokens);
    bind_tokens(tokens.data, tokens.shape);
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
    const got = data[Math.floor((i * data.length) / wanted.length)];
    const exponent = Math.floor(Math.log2(Math.max(Math.abs(want), rms, 1e-38)));
    return Object.is(got, want) ? 0 : Math.abs(got - want) / 2 ** (exponent - 23);
  }));
}

export default create();
