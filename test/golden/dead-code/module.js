// nnc 0.1.0: source.nn, sha256 91de7bae

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 4] }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 4] }];
export const parameters = [
  { name: "unused.0.weight", dtype: "f32", shape: [3, 4] },
  { name: "unused.0.bias", dtype: "f32", shape: [3] },
];

function ReLU(x, y, N, y$bits) {
  const at = 4 * N;
  const whole$ = 4 * Math.floor(at / 4);
  for (let i = 0; i < whole$; i += 4) {
    const t = x[i];
    const t$1 = x[i + 1];
    const t$2 = x[i + 2];
    const t$3 = x[i + 3];
    y[i] = t;
    y$bits[i] &= (t < 0 | 0) - 1;
    y[i + 1] = t$1;
    y$bits[i + 1] &= (t$1 < 0 | 0) - 1;
    y[i + 2] = t$2;
    y$bits[i + 2] &= (t$2 < 0 | 0) - 1;
    y[i + 3] = t$3;
    y$bits[i + 3] &= (t$3 < 0 | 0) - 1;
  }
  for (let i = whole$; i < at; i++) {
    const t = x[i];
    y[i] = t;
    y$bits[i] &= (t < 0 | 0) - 1;
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

const views = new WeakMap();
function bits(x) {
  let view = views.get(x);
  if (!view) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.byteLength / 4)));
  return view;
}

export function create({ weights = inside() } = {}) {
  const state = load(weights);
  const [p0, p1] = parameters.map(({ name }) => state[name].data);
  let size_N = 0;
  function bind_x(x, s) {
    if (s) {
      size_N = s[0];
    } else {
      size_N = x?.length / 4;
    }
    if (!(x instanceof Float32Array) || size_N % 1 || (s && (count(s) !== x.length || s.length !== 2 || s[1] !== 4)) || x.length !== 4 * size_N) refuse(inputs[0], x, s);
  }
  let spare0;
  function run(ins, outs) {
    let x = ins.x?.data ?? ins.x;
    bind_x(x, ins.x?.shape);
    const y = outs.y?.data ?? outs.y;
    if (!(y instanceof Float32Array) || y.length !== 4 * size_N) refuse(outputs[0], y);
    if (x.buffer === y.buffer) {
      if (spare0?.length !== x.length) spare0 = x.slice();
      spare0.set(x);
      x = spare0;
    }
    ReLU(x, y, size_N, bits(y));
  }
  function model(x) {
    x = tensor(inputs[0], x);
    bind_x(x.data, x.shape);
    const y = { dtype: "f32", shape: [size_N, 4], data: new Float32Array(4 * size_N) };
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
  const y = model(made(model.input("x", [2, 4])));
  return worst(y.data, [0, 0, 0.95999998, 0, 0, 1.36, 0, 0.28]);
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
