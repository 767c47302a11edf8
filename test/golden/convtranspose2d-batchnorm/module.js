// nnc 0.1.0: source.nn, sha256 e60b1314
// Generated: do not edit.
/* eslint-disable */

export const inputs = [{ name: "x", dtype: "f32", shape: ["N", 8, "H", "W"], unbatched: true }];
export const outputs = [{ name: "y", dtype: "f32", shape: ["N", 4, "2 * H", "2 * W"], unbatched: true }];
export const parameters = [
  { name: "0.weight", dtype: "f32", shape: [8, 4, 4, 4] },
  { name: "0.bias", dtype: "f32", shape: [4] },
  { name: "1.weight", dtype: "f32", shape: [4] },
  { name: "1.bias", dtype: "f32", shape: [4] },
  { name: "1.running_mean", dtype: "f32", shape: [4] },
  { name: "1.running_var", dtype: "f32", shape: [4] },
  { name: "1.num_batches_tracked", dtype: "i32", shape: [] },
];

const arrays = { f32: Float32Array, i32: Int32Array };

function BatchNorm2d(running_var, weight, running_mean, bias, bias1, y, y1) {
  for (let i = 0; i < 4; i++) {
    const t = weight[i] * (1 / Math.sqrt(running_var[i] + 0.00001));
    y[i] = t;
    y1[i] = bias1[i] * t + (bias[i] - running_mean[i] * t);
  }
}

function BatchNorm2d_ConvTranspose2d(weight, x, y) {
  for (let i = 0; i < 4; i++) {
    const at = 16 * i;
    const t = x[i];
    const at2 = 128 * i;
    for (let j = 0; j < 16; j++) {
      const at1 = at + 15 - j;
      const at3 = at2 + 8 * j;
      for (let l = 0; l < 8; l++) {
        y[at3 + l] = weight[at1 + 64 * l] * t;
      }
    }
  }
}

function ConvTranspose2d(x, prepared, y, H, N, W) {
  for (let i = 0; i < N; i++) {
    const at = 8 * H * W * i;
    const at5 = 64 * H * W * i;
    for (let j = 0; j < 4; j++) {
      const at3 = 128 * j;
      const at6 = 16 * H * W * j + at5;
      for (let k = 0; k < H; k++) {
        const at1 = W * k + at;
        const at7 = 16 * W * k + at6;
        for (let l = 0; l < 4; l++) {
          const at4 = at3 + 32 * l;
          const at8 = 4 * W * l + at7;
          for (let m = 0; m < W; m++) {
            let sum = 0;
            let sum1 = 0;
            let sum2 = 0;
            let sum3 = 0;
            const at2 = at1 + m;
            for (let p = 0; p < 8; p++) {
              const t = x[H * W * p + at2];
              sum += t * prepared[at4 + p];
              sum1 += t * prepared[at4 + p + 8];
              sum2 += t * prepared[at4 + p + 16];
              sum3 += t * prepared[at4 + p + 24];
            }
            y[at8 + 4 * m] = sum;
            y[at8 + 4 * m + 1] = sum1;
            y[at8 + 4 * m + 2] = sum2;
            y[at8 + 4 * m + 3] = sum3;
          }
        }
      }
    }
  }
}

function ConvTranspose2d_BatchNorm2d_ReLU(x, prepared, y, H, N, W, y$bits) {
  const at = 2 * H;
  const at1 = 2 * W;
  const at6 = 0 - (16 * W);
  for (let i = 0; i < N; i++) {
    const at7 = 64 * H * W * i + at6;
    const at12 = 16 * H * W * i;
    for (let j = 0; j < 4; j++) {
      const at8 = 16 * H * W * j + at7;
      const t = prepared[j];
      const at13 = 4 * H * W * j + at12;
      for (let k = 0; k < at; k++) {
        const at2 = Math.max(1 - Math.floor((-k - 2 * Math.floor(-k / 2) + k) / 2), 0);
        const at3 = Math.min(Math.floor((1 - (-k - 2 * Math.floor(-k / 2))) / 2) + 2, H + 1 - Math.floor((-k - 2 * Math.floor(-k / 2) + k) / 2));
        const at9 = 16 * Math.floor((-k - 2 * Math.floor(-k / 2) + k) / 2) * W + 4 * (-k - 2 * Math.floor(-k / 2)) * W + at8;
        const at14 = 2 * W * k + at13;
        for (let m = 0; m < at1; m++) {
          let sum = 0;
          const at4 = Math.max(1 - Math.floor((-m - 2 * Math.floor(-m / 2) + m) / 2), 0);
          const at5 = Math.min(Math.floor((1 - (-m - 2 * Math.floor(-m / 2))) / 2) + 2, W + 1 - Math.floor((-m - 2 * Math.floor(-m / 2) + m) / 2));
          const at10 = 4 * Math.floor((-m - 2 * Math.floor(-m / 2) + m) / 2) + (-m - 2 * Math.floor(-m / 2)) + at9;
          for (let l = at2; l < at3; l++) {
            const at11 = 24 * W * l + at10 - 4;
            for (let n = at4; n < at5; n++) {
              sum += x[at11 + 6 * n];
            }
          }
          const t1 = sum + t;
          y[at14 + m] = t1;
          y$bits[at14 + m] &= (t1 < 0 | 0) - 1;
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
  const [p0, p1, p2, p3, p4, p5, p6] = parameters.map(({ name }) => state[name].data);
  const prepared1 = new Float64Array(4);
  const prepared0 = new Float64Array(512);
  let slot0 = new Float64Array(0);
  let spare0;
  let idle = 0;
  let size_N = 0, size_H = 0, size_W = 0, unbatched_N = 0;
  function prepare() {
    const slot0 = new Float64Array(4);
    BatchNorm2d(p5, p2, p4, p3, p1, slot0, prepared1);
    BatchNorm2d_ConvTranspose2d(p0, slot0, prepared0);
  }
  function dispose() {
    slot0 = new Float64Array(0);
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
    if (size_H < 1) throw new RangeError("ConvTranspose2d(8, 4, 4, stride=2, padding=1) at source.nn:1:1: the size at dim 2 must be at least 1");
    if (2 * size_H < 1) throw new RangeError("ConvTranspose2d(8, 4, 4, stride=2, padding=1) at source.nn:1:1: nothing is left at dim 2: padding takes 1 from either side");
    if (size_W < 1) throw new RangeError("ConvTranspose2d(8, 4, 4, stride=2, padding=1) at source.nn:1:1: the size at dim 3 must be at least 1");
    if (2 * size_W < 1) throw new RangeError("ConvTranspose2d(8, 4, 4, stride=2, padding=1) at source.nn:1:1: nothing is left at dim 3: padding takes 1 from either side");
    idle = slot0.length / 4 - 16384 > 64 * size_H * size_N * size_W ? idle + 1 : 0;
    if (idle > 99) dispose();
    if (slot0.length < 64 * size_H * size_N * size_W) slot0 = new Float64Array(64 * size_H * size_N * size_W);
  }
  function compute(x, y) {
    ConvTranspose2d(x, prepared0, slot0, size_H, size_N, size_W);
    ConvTranspose2d_BatchNorm2d_ReLU(slot0, prepared1, y, size_H, size_N, size_W, bits(y));
  }
  function run(ins, outs) {
    let x = bind_x(named(inputs, ins)?.x);
    fit();
    const y = dataOf(outputs[0], named(outputs, outs)?.y);
    if (y.length !== 16 * size_H * size_N * size_W) refuse(outputs[0], null, y);
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
    const y = fresh(outputs[0], [size_N, 4, 2 * size_H, 2 * size_W].slice(unbatched_N));
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
AFR1ul5UiT0Ws9K9gGa8vfQyRb3sSwk9QE8iu876yj1wvzW8THsHPay7Gr1wSMm8uJH0vVKLqb3oDlO9ALuXO2BpSj0Ym5k9jI2tvfz0Xr2Y9zk9TpTUPUi9\
0rxckb89QA2lvBC1WDxKzec9znvtvWYpob3gngG93JNHvSgv3T0a76W9wLBrvRrasr12wu+9BHCVvZ4O3D28dmQ9ACd4PUBq1zs6P4O9wD6tPJ4G770a+ri9\
xvmDvSaFoT0mGZY9yBFjvSDLk7tAuqM9gn/+PSQ0Sz3IVYo8/qSrPcC7lr340L48bHrGvRhusb3SPoS9jKpnPfjnTT1qpJe9yK0aPW6JjD0gP4G8QGScOwBE\
7TwA0Z49SM/1PZZHxb3soTu9mDhJPdAb1D3oxd49IuLhPXjKyzz4nN69kGY8PKwnoL2MlO69PnTjPfCmwj3+Xf+9CKq/PMiArLy4gqi8HF9qvYzkRD00oZe9\
3LE7PRZ2gT1cQ7c9SHE/PUpf/b0AEaa9OKZ/PRhT1jyWs8e96GiTvfLU8D1Uf6w9sD5fvdTcAL143fO9gD4Tu3jIwL2id8W9ILDhu6C/mTz0rVG9mOeXPTjJ\
m71oSeg90G+vPWTh172I2/68gNK4OxhnlTzQ3fI8XOxIPeBZ9TvM0Xm91EVyPVaR9b2gu5e9PCsAvexmeb1cHTO9utLRvQDS2bz44to8dsamvUA00rsAQrc9\
8IhSvICsYzvArTC8ED3PPGDGoj26fvI9BpOiPcQM8z1gHRS8ZvjlvUC6cr3OT649AGtUutx8fr0CLcS9AJTvvewQ2L1wtM+8VmSMPXRnij0C5fa9LrCfPYpS\
yL3we9i8HJpPvfA8xbwQDsm8urjlvUQK3b0oPKC8gOHTOriWaL243kA9OmrmvcA2CryiIeE9ONdQvTYr5z04bDk9rgfnvXT4oT3wU2y8cI9kvRS2zD1U3869\
sMJbPMBk1rwW0LY9COwOPcwEdj1A0TQ9AD/2vFBa17wA99K9TLaKPSZCyz1cKa89rJO0vWCutjuQdrS9iOyMvTAslb00+S49xI2YvQC6MrugT6w7BAalPfqD\
wb1Ev6+9PKaUvdYusz3MCzi94O7XPaAkOT1AqoE8AO1zughtyrxAeoA8MNPpvAA+ZrrAp4I8mD7IvXothr3Yt849hsHPvSAPE7zAPv09EPQ4PcDwZzsm2t29\
LKJ9PQhYtr2oVhG9zMgrvTikl7yANrM6libTPYCrfzwgTOU9MJmcPcbYob1UomU9JPe0vZz/WL1AlxY98A4pPfIOwD0o0iS9ANRROXrLgz1ak/e9QhW5PTCx\
070A0OE64BiuvArUhr3YV4c88rDTPeiqFb1W/Je9hFs9vea7/b0cHWc9IOV1vdDWqr1ie5O9UjCTPSSShz1QfMQ92LY5PcT8Kr3UEw+9mEIXPd5w0j10NQs9\
HEByvfytcL1CCvK9sDvdPKipj71QPuS9+nrgPdA/pr3Q+2i8SK8SPeB9gjv6Qay9LO7OvZgNzD0wv6Y8RmLUPaikK734zxY9GCrqvGAntrtS6pu9rCgtPYDg\
IT1A/Si7wEzmvFjOnb0UCbE9lJK+vay/UT1sKSy9DAZ3veD0tzwi+4S9QO/rPBAYyTzKE769mH6qPGQTWj1cqko9WOaAvJrd0b2Q2p28UNIxPSzROr10WEI9\
hnyqPbqrhb2Ak6E6JLZTPZCEIDyQEis8cLl/PPpAyb3g8iA8tEWxPWSv5j3YdpY9GDiJPHwcbz3cE3m97CTUvcoj3L1aY/89joGiPbL0sL30UEg9qlLBPcLm\
/z1Y2N89RFbGPfDC6rygrjO9QjDSPQp1jz0wDpq9/iXmPZBgdz0Ajos9anSgvYjkEj3sfDO9/AbIPVhCuLz4U0c9gOK1PPjWWT3g/S299KJ5Pf7Osr2IRuc8\
IDWtvbqN/L0Qlc29thrKPVCBij3oLvA9SBbNPaCe5L3Os6696HWlvDJBpr34w7E9uonBvTjOeb3EUfe9xleRveKN0j1CmtE9JEG3PSKqxT26oeM9sBoDvfRH\
YT0EFOQ9FGEpPcrq/z0Yx4Q9WCSfPSwyM730q3U9IFRrPIiM9LxKT5C9VqWPvbL8xL1O3Ks9lv+1PaAWabzEJJS9It3FPYy1oz1wPBg8uLtxvbhG6z2sYFE9\
WlfCvWID9T1SZsI9jJ46vVzpjz3WdJG9uHmgvLJe2T1APqk7QAy1vZQgK73c+gq9II/FvLD+Qzyiwew9IE3bO4wQnr0A8NE7WH91Pfz4fT3g9+m9sDy3vLg+\
vr2Idlq9YHg4PRjLtb38Uj49hknZPTBTBjzwnqq9IHE3vdia3zxGJ8O97F1+PSRq6L1SF/a9wL74vWi7z7yQJKw9ckzyva7I1D3Mz0y96PQVPSDKujsQ1+a9\
6E7UPW7XiT2Adv49llWBPUj6qL1Ip9U9ICPcO4DMcj2sRM29yEMTvVRc+72Qa0e9oOjcPFwAyb0QNSM9LGyJPRinjjwMSau9WnvGveT1Hb0gv2A9eoT8PRo1\
kz2wn2a8AIQzPfAm+71iptq9POduPZYAkb0sUnY9+Le0vWSZfb1I3dK9WpeFPWCuULyUBMU9aG6ePdynjT0gtoM7lEwevWim3rwYF4g8pM19PdxZs73q2tY9\
4K1evJqD1r3Egoq9aoPiPXQe6j2qIO29bo60PfhLgD34h5c9JLbYPab4ib1crSE9BIdRPehKF72oVys9LE8TvWBGnj2IDg69FN8+vUDlAD1omjU9AACAPwAA\
gD8AAIA/AACAPwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAgD8AAIA/AACAPwAAAAA";
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
  return Math.max(...[0, 0, 0.2607492, 0].map((want, i, { length }) => {
    const got = data[i * data.length / length | 0];
    return Math.abs(got - want) / 5e-7;
  }));
}

export default /* @__PURE__ */ create();
