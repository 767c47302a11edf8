// Just enough of ONNX's protobuf to write the graphs of `works/`: the field numbers are those of onnx.proto3.

/**
 * @typedef {Record<string, number | string | readonly number[]>} Attributes
 * @typedef {{ op: string, inputs: readonly string[], outputs: readonly string[], attributes?: Attributes, domain?: string }} Node
 * @typedef {{ shape: readonly number[], data: Float32Array | BigInt64Array | Uint8Array }} Constant
 */

/**
 * An operator, the operands it takes after the flowing value, and its attributes.
 * @typedef {[op: string, operands?: readonly string[], attributes?: Attributes]} Step
 */

const OPSET = 20;
/** Of operators that ONNX Runtime has beside those of ONNX. */
export const OWN_DOMAIN = "com.microsoft";
const FLOAT = 1;
const INT64 = 7;
const BOOL = 9;

/**
 * Nodes in a row, each with the result of the one before it as its first input.
 * @param {readonly Step[]} steps @returns {Node[]}
 */
export function chain(steps, from = "x", to = "y") {
  return steps.map(([op, operands = [], attributes = {}], index) => ({
    op,
    inputs: [index === 0 ? from : `${to}.${index - 1}`, ...operands],
    outputs: [index === steps.length - 1 ? to : `${to}.${index}`],
    attributes,
  }));
}

/**
 * A model file that gives `y`.
 * @param {readonly Node[]} nodes
 * @param {Record<string, Constant>} constants
 * @param {Record<string, readonly number[]>} inputs their shapes
 * @param {readonly number[]} outShape of y
 */
export function onnxModel(nodes, constants, inputs, outShape) {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const graph = [
    ...nodes.map((node) => bytes(1, nodeFields(node))),
    bytes(2, "bench"),
    ...Object.entries(constants)
      .filter(([name]) => used.has(name))
      .map(([name, constant]) => bytes(5, initializer(name, constant))),
    ...Object.entries(inputs).map(([name, shape]) => bytes(11, port(name, shape))),
    bytes(12, port("y", outShape)),
  ];
  const own = [bytes(1, OWN_DOMAIN), varint(2, 1)];
  return Buffer.concat([varint(1, 9), bytes(7, graph), bytes(8, [varint(2, OPSET)]), bytes(8, own)]);
}

/** @param {Node} node */
function nodeFields({ op, inputs, outputs, attributes = {}, domain = "" }) {
  return [
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
    bytes(7, domain),
  ];
}

/** A whole number is an INT: no attribute here is a FLOAT that happens to be whole. Lists are of INTs. */
function attribute(/** @type {string} */ name, /** @type {Attributes[string]} */ value) {
  if (typeof value === "string") return [bytes(1, name), bytes(4, value), varint(20, 3)];
  if (typeof value !== "number")
    return [bytes(1, name), ...value.map((each) => varint(8, each)), varint(20, 7)];
  if (Number.isInteger(value)) return [bytes(1, name), varint(3, value), varint(20, 2)];
  const float = Buffer.alloc(4);
  float.writeFloatLE(value);
  return [bytes(1, name), Buffer.from([(2 << 3) | 5]), float, varint(20, 1)];
}

/** @param {string} name @param {Constant} constant */
function initializer(name, { shape, data }) {
  return [
    ...shape.map((size) => varint(1, size)),
    varint(2, typeOf(data)),
    bytes(8, name),
    bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

/** @param {Constant["data"]} data */
function typeOf(data) {
  if (data instanceof Uint8Array) return BOOL;
  return data instanceof Float32Array ? FLOAT : INT64;
}

/** @param {string} name @param {readonly number[]} shape */
function port(name, shape) {
  const sizes = shape.map((size) => bytes(1, [varint(1, size)]));
  return [bytes(1, name), bytes(2, [bytes(1, [varint(1, FLOAT), bytes(2, sizes)])])];
}

/** A field of wire type 2: text, bytes, or a message given by its fields. */
function bytes(/** @type {number} */ field, /** @type {string | Uint8Array | Uint8Array[]} */ content) {
  const body = Array.isArray(content) ? Buffer.concat(content) : Buffer.from(content);
  return Buffer.concat([unsigned((field << 3) | 2), unsigned(body.length), body]);
}

/** A field of wire type 0. */
function varint(/** @type {number} */ field, /** @type {number} */ value) {
  return Buffer.concat([unsigned(field << 3), unsigned(value)]);
}

/** Seven bits a byte, the lowest first; a negative number is its 64-bit complement. */
function unsigned(/** @type {number} */ value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out = [];
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return Buffer.from([...out, Number(rest)]);
}
