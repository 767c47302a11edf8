// Just enough of ONNX's protobuf to write the graphs of works.mjs: the field numbers are those of onnx.proto3.
// The graphs are chains, each node's first input being the result of the node before it.

/**
 * An operator, the parameters it takes after the flowing value, and its attributes.
 * @typedef {[op: string, parameters?: readonly string[], attributes?: Record<string, number>]} Step
 * @typedef {{ shape: readonly number[], data: Float32Array | BigInt64Array }} Constant
 */

const OPSET = 20;
const FLOAT = 1;
const INT64 = 7;

/**
 * A model file that takes `x` and gives `y`.
 * @param {readonly Step[]} steps
 * @param {Record<string, Constant>} constants
 * @param {readonly number[]} shape of x
 * @param {readonly number[]} outShape of y
 */
export function onnxModel(steps, constants, shape, outShape) {
  const used = new Set(steps.flatMap(([, parameters = []]) => parameters));
  const graph = [
    ...steps.map((step, index) => bytes(1, node(step, index, steps.length))),
    bytes(2, "bench"),
    ...Object.entries(constants)
      .filter(([name]) => used.has(name))
      .map(([name, constant]) => bytes(5, initializer(name, constant))),
    bytes(11, port("x", shape)),
    bytes(12, port("y", outShape)),
  ];
  return Buffer.concat([varint(1, 9), bytes(7, graph), bytes(8, [varint(2, OPSET)])]);
}

/** @param {Step} step @param {number} index @param {number} count */
function node([op, parameters = [], attributes = {}], index, count) {
  return [
    bytes(1, index === 0 ? "x" : `v${index - 1}`),
    ...parameters.map((name) => bytes(1, name)),
    bytes(2, index === count - 1 ? "y" : `v${index}`),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
  ];
}

/** A whole number is an INT: no attribute here is a FLOAT that happens to be whole. */
function attribute(/** @type {string} */ name, /** @type {number} */ value) {
  if (Number.isInteger(value)) return [bytes(1, name), varint(3, value), varint(20, 2)];
  const float = Buffer.alloc(4);
  float.writeFloatLE(value);
  return [bytes(1, name), Buffer.from([(2 << 3) | 5]), float, varint(20, 1)];
}

/** @param {string} name @param {Constant} constant */
function initializer(name, { shape, data }) {
  return [
    ...shape.map((size) => varint(1, size)),
    varint(2, data instanceof Float32Array ? FLOAT : INT64),
    bytes(8, name),
    bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ];
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
