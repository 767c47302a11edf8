// nnc 0.1.0: source.nn, sha256 106cea42

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 5, 4] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 5, 3] }];
export const parameters = [
  { name: "head.0.weight", dtype: "f32", shape: [3, 4] },
  { name: "head.0.bias", dtype: "f32", shape: [3] },
];

function Linear(x, weight, bias, y, N) {
  const at = 5 * N;
  for (let i = 0; i < at; i++) {
    const at1 = 4 * i;
    const at3 = 3 * i;
    for (let k = 0; k < 3; k++) {
      let sum = 0;
      const at2 = 4 * k;
      for (let l = 0; l < 4; l++) {
        sum += x[at1 + l] * weight[at2 + l];
      }
      y[at3 + k] = sum + bias[k];
    }
  }
}

function Softmax(x, y, exponentials, N) {
  const at = 5 * N;
  for (let i = 0; i < at; i++) {
    let maximum = -Infinity;
    const at1 = 3 * i;
    for (let k = 0; k < 3; k++) {
      maximum = Math.max(maximum, x[at1 + k]);
    }
    let sum = 0;
    for (let l = 0; l < 3; l++) {
      const t = exp(x[at1 + l] - maximum);
      exponentials[l] = t;
      sum += t;
    }
    for (let l = 0; l < 3; l++) {
      y[at1 + l] = exponentials[l] / sum;
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

const exp$roots = new Float64Array(64).map((_, i) => 2 ** ((i - 32) / 64));
const exp$powers = new Float64Array(2048).map((_, i) => 2 ** (i - 1023));

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
  if (data.length !== count(shape) || !data.every((v) => typeof v === "number")) refuse(port, value);
  return { shape, data: Float32Array.from(data) };
}

function refuse({ name, dtype, shape }, data, got = data?.length) {
  throw new TypeError(`${name} must be ${dtype}[${shape.join(", ")}], not ${data && `${data.constructor.name}[${got}]`}`);
}

function own(ports) {
  return (name, shape) => {
    const { dtype } = ports.find((port) => port.name === name);
    return { dtype, shape, data: new Float32Array(count(shape)) };
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
  for (const { name, dtype, shape } of parameters) {
    if (String(given[name]?.shape) !== String(shape) || given[name].data.length !== count(shape)) unfit(`lack ${name} [${shape}]`);
    state[name] = { dtype, shape, data: new Float32Array(given[name].data) };
    delete given[name];
  }
  for (const name in given) unfit(`have the unknown ${name}`);
  return state;
}

export function create({ weights = inside() } = {}) {
  const state = load(weights);
  const [p0, p1] = parameters.map(({ name }) => state[name].data);
  let slot0 = new Float64Array(0);
  let slot1 = new Float64Array(0);
  let size_N = 0;
  function bind_x(x, s) {
    if (s) {
      size_N = s[0];
    } else {
      size_N = x?.length / 20;
    }
    if (!(x instanceof Float32Array) || size_N % 1 || (s && (count(s) !== x.length || s.length !== 3 || s[1] !== 5 || s[2] !== 4)) || x.length !== 20 * size_N) refuse(inputs[0], x, s);
  }
  function fit() {
    if (slot0.length < 15 * size_N) slot0 = new Float64Array(15 * size_N);
    if (slot1.length < 3) slot1 = new Float64Array(3);
  }
  let spare0;
  function run(ins, outs) {
    let x = ins.x?.data ?? ins.x;
    bind_x(x, ins.x?.shape);
    fit();
    const y = outs.y?.data ?? outs.y;
    if (!(y instanceof Float32Array) || y.length !== 15 * size_N) refuse(outputs[0], y);
    if (x.buffer === y.buffer) {
      if (spare0?.length !== x.length) spare0 = x.slice();
      spare0.set(x);
      x = spare0;
    }
    Linear(x, p0, p1, slot0, size_N);
    Softmax(slot0, y, slot1, size_N);
  }
  function model(x) {
    x = tensor(inputs[0], x);
    bind_x(x.data, x.shape);
    fit();
    const y = { dtype: "f32", shape: [size_N, 5, 3], data: new Float32Array(15 * size_N) };
    run({ x }, { y });
    return y;
  }
  return Object.assign(model, {
    inputs, outputs, parameters: state, input: own(inputs), output: own(outputs),
    run, refresh() {},
  });
}

function inside() {
  const { buffer } = Uint8Array.from(atob("AFR1u15UiT4Ws9K+gGa8vvQyRb7sSwk+QE8ivM76yj5wvzW9THsHPqy7Gr5wSMm9uJH0vlKLqb7oDlO+"), (c) => c.charCodeAt());
  const tensors = { __proto__: null };
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new Float32Array(buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}

export function selfTest() {
  const model = create();
  const y = model(made(model.input("x", [2, 5, 4])));
  return worst(y.data, [0.32705123, 0.38173756, 0.12729027, 0.32915518, 0.45867445, 0.13628602, 0.39878245, 0.34428703]);
}

function made(tensor) {
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = ((i * 37) % 101) / 25 - 2;
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
