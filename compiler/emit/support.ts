/** The fixed parts of emitted text: what every model needs around its kernels. */
import { arrayType } from "./bind.ts";

/** What a `selfTest` compares with: results of the reference evaluator at sampled positions. */
export interface SelfTest {
  /** Concrete shapes of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  /** Integers are made below this. */
  readonly below: number;
  /** For each output, the wanted values at evenly spaced positions. */
  readonly wanted: readonly (readonly number[])[];
}

/** Names that these parts define at the top level. */
export const names: readonly string[] = [
  "arrays", "bits", "count", "inside", "load", "made", "own", "parse", "refuse", "sameRun", "selfTest", "tensor", "worst",
]; // prettier-ignore

/** Empty where all ports have one dtype: then `arrayOf` names its array. */
export function arrays(dtypes: readonly string[]): string {
  return dtypes.length <= 1
    ? ""
    : `const arrays = { ${dtypes.map((dtype) => `${dtype}: ${arrayType(dtype)}`).join(", ")} };`;
}

/** JS text of the array constructor for a dtype that a JS expression gives. */
function arrayOf(needs: Pick<Needs, "dtypes">, expression: string): string {
  return needs.dtypes.length === 1 ? arrayType(needs.dtypes[0]!) : `arrays[${expression}]`;
}

/** What the fixed parts must be able to do for a model. */
export interface Needs {
  /** Takes weights, in whatever form they are given. */
  readonly weights: boolean;
  /** Says itself what is wrong with a call: a closure is given functions that say more. */
  readonly guards: boolean;
  /** Some parameter may be given under another name. */
  readonly aliases: boolean;
  /** Integers may be held as I64 in files. */
  readonly parameterDtypes: readonly string[];
  /** What files may lack, as an expression of a parameter's name, dtype and shape; none where there is none. */
  readonly counters: string | undefined;
  readonly inputDtypes: readonly string[];
  /** Some input may lack its batch axis. */
  readonly batches: boolean;
  /** Of all ports and parameters. */
  readonly dtypes: readonly string[];
}

export function functions(needs: Needs): string[] {
  const texts = [count, tensor(needs), ...(needs.guards ? [refuse(needs), own(needs)] : [])];
  return needs.weights ? [...texts, parse(needs), load(needs)] : texts;
}

const count = `function count(shape) {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i];
  return n;
}`;

function tensor(needs: Needs): string {
  const { inputDtypes } = needs;
  const floats = '(v) => typeof v === "number"';
  const fits: Record<string, string> = {
    f32: floats,
    i32: "(v) => v === (v | 0)",
    bool: '(v) => typeof v === "boolean"',
  };
  const distinct = [...new Set(inputDtypes)];
  const test =
    distinct.length <= 1
      ? fits[distinct[0] ?? "f32"]!
      : `{ ${distinct.map((dtype) => `${dtype}: ${fits[dtype]}`).join(", ")} }[port.dtype]`;
  return `function tensor(port, value) {
  if (value?.data) return value;
  if (ArrayBuffer.isView(value)) return { data: value };
  const shape = [];
  for (let v = value; Array.isArray(v); v = v[0]) shape.push(v.length);
  const data = [value].flat(Infinity);
  if (data.length !== count(shape) || !data.every(${test})) refuse(port, value);
  return { shape, data: ${arrayOf(needs, "port.dtype")}.from(data) };
}`;
}

function refuse({ batches }: Needs): string {
  const wanted = '${dtype}[${shape.join(", ")}]';
  const either = '${unbatched ? ` or ${dtype}[${shape.slice(1).join(", ")}]` : ""}';
  return `function refuse({ name, dtype, shape${batches ? ", unbatched" : ""} }, data, got = data?.length) {
  throw new TypeError(\`\${name} must be ${wanted}${batches ? either : ""}, not \${data && \`\${data.constructor.name}[\${got}]\`}\`);
}`;
}

function own(needs: Needs): string {
  return `function own(ports) {
  return (name, shape) => {
    const { dtype } = ports.find((port) => port.name === name);
    return { dtype, shape, data: new ${arrayOf(needs, "dtype")}(count(shape)) };
  };
}`;
}

function parse({ parameterDtypes }: Needs): string {
  const values = "bytes.slice(...data_offsets.map((at) => at + start)).buffer";
  const types = [
    "F32: Float32Array",
    ...(parameterDtypes.includes("i32") ? ["I32: Int32Array", "I64: BigInt64Array"] : []),
    ...(parameterDtypes.includes("bool") ? ["BOOL: Uint8Array"] : []),
  ];
  const read =
    types.length > 1
      ? `const Type = { ${types.join(", ")} }[dtype] ?? refuse({ name, dtype: "F32", shape }, dtype);
    tensors[name] = { shape, data: new Type(${values}) };`
      : `if (dtype !== "F32") refuse({ name, dtype: "F32", shape }, dtype);
    tensors[name] = { shape, data: new Float32Array(${values}) };`;
  return `function parse(bytes) {
  const start = 8 + new Uint32Array(bytes.slice(0, 4).buffer)[0];
  const tensors = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  delete tensors.__metadata__;
  for (const name in tensors) {
    const { dtype, shape, data_offsets } = tensors[name];
    ${read}
  }
  return tensors;
}`;
}

function load(needs: Needs): string {
  const { aliases, counters } = needs;
  const integers = needs.parameterDtypes.includes("i32");
  const lines = [
    "function load(weights) {",
    "  const given = weights instanceof Uint8Array ? parse(new Uint8Array(weights)) : { ...weights };",
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
    ...(counters === undefined
      ? []
      : [`    if (${counters} && !given[name]) given[name] = { shape, data: [0] };`]),
    "    if (String(given[name]?.shape) !== String(shape) || given[name].data.length !== count(shape)) throw new Error(`weights lack ${name} [${shape}]`);",
    integers
      ? `    state[name] = { dtype, shape, data: ${arrayOf(needs, "dtype")}.from(given[name].data, Number) };`
      : `    state[name] = { dtype, shape, data: new ${arrayOf(needs, "dtype")}(given[name].data) };`,
    "    delete given[name];",
    "  }",
    "  for (const name in given) throw new Error(`unknown weights ${name}`);",
    "  return state;",
    "}",
  ];
  return lines.join("\n");
}

export const sameRun = `function sameRun(s, from, to, r, at) {
  for (let i = from; i < to; i++) if (s[i] !== r[at + i - from]) return false;
  return true;
}`;

export const bits = `const views = new WeakMap();
function bits(x) {
  let view = views.get(x);
  if (!view) views.set(x, (view = new Int32Array(x.buffer, x.byteOffset, x.length)));
  return view;
}`;

/** The values of all parameters, one after the other, each of four bytes: the weights that a module carries. */
export function inside(base64: string, needs: Pick<Needs, "dtypes" | "parameterDtypes">): string {
  const own = arrayOf(needs, "dtype");
  const type = needs.parameterDtypes.includes("bool") ? `(dtype === "bool" ? Int32Array : ${own})` : own;
  return `function inside() {
  const { buffer } = Uint8Array.from(atob("${base64}"), (c) => c.charCodeAt());
  const tensors = {};
  let at = 0;
  for (const { name, dtype, shape } of parameters) {
    tensors[name] = { shape, data: new ${type}(buffer, at, count(shape)) };
    at += 4 * count(shape);
  }
  return tensors;
}`;
}

/** Made-up input: some hundred different numbers between -2 and 2, or integers below a bound. */
export function selfTestValue(i: number, dtype: string, below: number): number {
  return dtype === "f32" ? ((i * 37) % 101) / 25 - 2 : ((i * 37) % 101) % below;
}

export function selfTest(test: SelfTest, ports: SelfTestPorts): string {
  const { shapes, below, wanted } = test;
  const { inputs, outputs, external } = ports;
  const list = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;
  const parameter = external ? "options" : "";
  const made = inputs.map((name, i) => `made(model.input(${JSON.stringify(name)}, ${list(shapes[i]!)}))`);
  const argument = inputs.length <= 1 ? made.join("") : `{ ${inputs.map((name, i) => `${JSON.stringify(name)}: ${made[i]}`).join(", ")} }`; // prettier-ignore
  const worsts = wanted.map((values, i) => {
    const output = outputs.length === 1 ? "y" : `y[${JSON.stringify(outputs[i])}]`;
    // Eight digits are within a tenth of the last place of a float32.
    return `worst(${output}.data, ${list(values.map((value) => Number(value.toPrecision(8))))})`;
  });
  const result = worsts.length === 1 ? worsts[0]! : `Math.max(\n    ${worsts.join(",\n    ")},\n  )`;
  const floats = "((i * 37) % 101) / 25 - 2";
  const integers = `((i * 37) % 101) % ${below}`;
  const value = ports.floats
    ? ports.integers
      ? `tensor.dtype === "f32" ? ${floats} : ${integers}`
      : floats
    : integers;
  return `export function selfTest(${parameter}) {
  const model = create(${parameter});
  const y = model(${argument});
  return ${result};
}

function made(tensor) {
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = ${value};
  return tensor;
}

function worst(data, wanted) {
  const rms = Math.hypot(...wanted.filter(isFinite)) / wanted.length ** 0.5;
  return Math.max(...wanted.map((want, i) => {
    const got = data[Math.floor((i * data.length) / wanted.length)];
    const exponent = Math.floor(Math.log2(Math.max(Math.abs(want), rms, 1e-38)));
    return Object.is(got, want) ? 0 : Math.abs(got - want) / 2 ** (exponent - 23);
  }));
}`;
}

export interface SelfTestPorts {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Which dtypes inputs have. */
  readonly floats: boolean;
  readonly integers: boolean;
  /** The weights are not inside, so the test must be given them. */
  readonly external: boolean;
  readonly dtypes: readonly string[];
}
