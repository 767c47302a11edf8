/** The fixed parts of emitted text: what every model needs around its kernels. */
import type { SelfTest } from "./module.ts";
import { arrayType } from "./bind.ts";

/** Names that these parts define at the top level. */
export const names: readonly string[] = [
  "arrays", "bits", "count", "inside", "load", "made", "own", "parse", "refuse", "selfTest", "tensor", "worst",
]; // prettier-ignore

export function arrays(dtypes: readonly string[]): string {
  return `const arrays = { ${dtypes.map((dtype) => `${dtype}: ${arrayType(dtype)}`).join(", ")} };`;
}

/** What the fixed parts must be able to do for a model. */
export interface Needs {
  readonly parameters: boolean;
  /** Some parameter may be given under another name. */
  readonly aliases: boolean;
  /** Counters among the buffers, which files hold as I64 or not at all. */
  readonly counters: boolean;
  readonly inputDtypes: readonly string[];
}

export function functions(needs: Needs): string[] {
  const texts = [count, tensor(needs), refuse, own];
  return needs.parameters ? [...texts, parse(needs), load(needs)] : texts;
}

const count = `function count(shape) {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i];
  return n;
}`;

function tensor({ inputDtypes }: Needs): string {
  const floats = '(v) => typeof v === "number"';
  const fits: Record<string, string> = {
    f32: floats,
    i32: "Number.isInteger",
    bool: '(v) => typeof v === "boolean"',
  };
  const distinct = [...new Set(inputDtypes)];
  const test =
    distinct.length <= 1
      ? fits[distinct[0] ?? "f32"]!
      : `{ ${distinct.map((dtype) => `${dtype}: ${fits[dtype]}`).join(", ")} }[port.dtype]`;
  return `// Nested numbers become a tensor; tensors and typed arrays are ones.
function tensor(port, value) {
  if (value?.data) return value;
  if (ArrayBuffer.isView(value)) return { data: value };
  const shape = [];
  for (let v = value; Array.isArray(v); v = v[0]) shape.push(v.length);
  const data = [value].flat(Infinity);
  if (data.length !== count(shape) || !data.every(${test})) refuse(port, value);
  return { data: arrays[port.dtype].from(data), shape };
}`;
}

const refuse = `function refuse({ name, dtype, shape }, data, got) {
  const is = data instanceof arrays[dtype] ? (got ? \`shape [\${got}]\` : \`\${data.length} values\`) : data?.constructor.name;
  throw new TypeError(\`\${name} must be \${dtype}[\${shape.join(", ")}], not \${is}\`);
}`;

const own = `function own(ports) {
  return (name, shape) => {
    const { dtype } = ports.find((port) => port.name === name) ?? refuse({ name, shape }, ports);
    return { dtype, shape, data: new arrays[dtype](count(shape)) };
  };
}`;

function parse({ counters }: Needs): string {
  return `// Safetensors.
function parse(bytes) {
  const start = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const tensors = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  delete tensors.__metadata__;
  for (const name in tensors) {
    const { dtype, shape, data_offsets } = tensors[name];
    const Type = { F32: Float32Array, F64: Float64Array${counters ? ", I32: Int32Array, I64: BigInt64Array" : ""} }[dtype];
    if (!Type) throw new TypeError(\`\${name} has dtype \${dtype}\`);
    tensors[name] = { shape, data: new Type(bytes.slice(...data_offsets.map((at) => start + at)).buffer) };
  }
  return tensors;
}`;
}

function load({ aliases, counters }: Needs): string {
  const lines = [
    "// Copies of the weights; every name must be there, with its shape, and no other.",
    "function load(weights) {",
    "  const given = weights instanceof Uint8Array ? parse(weights) : { ...weights };",
    "  const state = {};",
    `  for (const { name, dtype, shape${aliases ? ", aliases = []" : ""} } of parameters) {`,
    ...(aliases
      ? [
          "    for (const other of aliases) {",
          "      given[name] ??= given[other];",
          "      delete given[other];",
          "    }",
        ]
      : []),
    ...(counters ? ['    if (dtype === "i32" && !given[name]) given[name] = { shape, data: [0] };'] : []),
    "    if (String(given[name]?.shape) !== String(shape)) throw new Error(`weights lack ${name} [${shape}]`);",
    counters
      ? "    state[name] = { dtype, shape, data: arrays[dtype].from(given[name].data, Number) };"
      : "    state[name] = { dtype, shape, data: new arrays[dtype](given[name].data) };",
    "    delete given[name];",
    "  }",
    "  for (const name in given) throw new Error(`weights have an unknown ${name}`);",
    "  return state;",
    "}",
  ];
  return lines.join("\n");
}

export const bits = `const views = new WeakMap();
// The same memory as integers, for stores that clear bits.
function bits(x) {
  let view = views.get(x);
  if (!view) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.length)));
  return view;
}`;

export const aside = `const spare = [];
// An input in memory that an output will overwrite is read from a copy.
function aside(i, x) {
  if (spare[i]?.length !== x.length) spare[i] = x.slice();
  spare[i].set(x);
  return spare[i];
}`;

/** The values of all parameters, one after the other: the weights that a module carries. */
export function inside(base64: string): string {
  return `// The weights: all parameters, one after the other.
function inside() {
  const { buffer } = Uint8Array.from(atob("${base64}"), (c) => c.charCodeAt());
  const tensors = {};
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new arrays[dtype](buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}`;
}

/** Numbers that need no generator of their own: Knuth's multiplicative hash of the position. */
export function selfTestValue(i: number, dtype: string, below: number): number {
  const h = Math.imul(i + 1, 2654435761) >>> 0;
  return dtype === "f32" ? h / 2 ** 30 - 2 : h % below;
}

export function selfTest(test: SelfTest, ports: SelfTestPorts): string {
  const { shapes, below, wanted } = test;
  const { inputs, outputs, external } = ports;
  const list = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;
  const parameter = external ? "options" : "";
  const made = inputs.map((_, i) => `made(inputs[${i}], ${list(shapes[i]!)})`);
  const argument = inputs.length <= 1 ? made.join("") : `{ ${inputs.map((name, i) => `${JSON.stringify(name)}: ${made[i]}`).join(", ")} }`; // prettier-ignore
  const worsts = wanted.map((values, i) => {
    const output = outputs.length === 1 ? "y" : `y[${JSON.stringify(outputs[i])}]`;
    // Eight digits are within a tenth of the last place of a float32.
    return `worst(${output}.data, ${list(values.map((value) => Number(value.toPrecision(8))))})`;
  });
  const result = worsts.length === 1 ? worsts[0]! : `Math.max(\n    ${worsts.join(",\n    ")},\n  )`;
  return `/** The largest error on made-up input, in float32 ULP at max(|wanted|, rms). */
export function selfTest(${parameter}) {
  const y = create(${parameter})(${argument});
  return ${result};
}

function made({ dtype }, shape) {
  const data = new arrays[dtype](count(shape)).map((_, i) => {
    const h = Math.imul(i + 1, 2654435761) >>> 0;
    return dtype === "f32" ? h / 2 ** 30 - 2 : h % ${below};
  });
  return { dtype, shape, data };
}

function worst(data, wanted) {
  const rms = Math.hypot(...wanted.filter(Number.isFinite)) / wanted.length ** 0.5;
  const errors = wanted.map((want, i) => {
    const got = data[Math.floor((i * data.length) / wanted.length)];
    const ulp = 2 ** (Math.floor(Math.log2(Math.max(Math.abs(want), rms, 1e-38))) - 23);
    return Object.is(got, want) ? 0 : Math.abs(got - want) / ulp;
  });
  return Math.max(...errors);
}`;
}

export interface SelfTestPorts {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The weights are not inside, so the test must be given them. */
  readonly external: boolean;
}
