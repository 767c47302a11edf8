// Just enough of LiteRT's files (.tflite) to write the graphs of `works/`: the numbers are those of schema.fbs.
import { blob, byte, flatbuffer, int, ints, list, table, text } from "./flatbuffer.mjs";
import { operators } from "./operators.mjs";

/**
 * A value of the graph is the number of its tensor; a constant becomes one where it is first used; `undefined` is an
 * operand that is left out.
 * @typedef {{ shape: readonly number[], data?: Float32Array | Int32Array }} Tensor
 * @typedef {Required<Tensor>} Constant
 * @typedef {number | Constant | undefined} Operand
 */

const SCHEMA = 3;
const FLOAT32 = 0;
const INT32 = 2;
const LEFT_OUT = -1;
/** The field that held the number of an operator while they were few; larger ones stand for this one there. */
const LAST_OF_OLD = 127;

/** A graph, put together operator by operator in the order in which they run. */
export class Graph {
  /** @readonly @type {Tensor[]} */
  #tensors = [];
  /** @readonly @type {{ name: string, inputs: number[], outputs: number[], options: import("./operators.mjs").Options }[]} */
  #nodes = [];
  /** @readonly @type {Map<Constant, number>} */
  #constants = new Map();
  /** @readonly @type {number[]} */
  #inputs = [];

  /** The next input. @param {readonly number[]} shape */
  input(shape) {
    const input = this.#tensor({ shape });
    this.#inputs.push(input);
    return input;
  }

  /** The value of a constant, which `op` finds itself for its operands. @param {Constant} constant */
  constant(constant) {
    const known = this.#constants.get(constant) ?? this.#tensor(constant);
    this.#constants.set(constant, known);
    return known;
  }

  /** @param {number} value */
  shapeOf(value) {
    return this.#tensors[value].shape;
  }

  /** @param {string} name @param {readonly Operand[]} operands @param {import("./operators.mjs").Options} options @returns {number} */
  op(name, operands, options = {}) {
    return this.ops(name, operands, 1, options)[0];
  }

  /** All results of an operator that has several. @param {string} name @param {readonly Operand[]} operands @param {number} count @param {import("./operators.mjs").Options} options */
  ops(name, operands, count, options = {}) {
    const operator = operators[name];
    if (!operator) throw new Error(`the bench writes no ${name}`);
    const inputs = operands.map((operand) => this.#operand(operand));
    const tensors = inputs.map((input) => this.#tensors[input] ?? { shape: [] });
    const numbers = tensors.map(({ data }) => (data instanceof Int32Array ? [...data] : []));
    const shape = operator.shape(tensors.map((tensor) => tensor.shape), options, numbers); // prettier-ignore
    const outputs = Array.from({ length: count }, () => this.#tensor({ shape }));
    this.#nodes.push({ name, inputs, outputs, options });
    return outputs;
  }

  /** The model file. @param {number} output */
  file(output) {
    const names = [...new Set(this.#nodes.map(({ name }) => name))];
    const constants = this.#tensors.filter(({ data }) => data);
    const tensors = this.#tensors.map((tensor, index) => {
      const { shape, data } = tensor;
      const type = data instanceof Int32Array ? INT32 : FLOAT32;
      // The first buffer is empty; what has no data refers to it.
      const buffer = data ? constants.indexOf(tensor) + 1 : 0;
      return table([ints(shape), byte(type), int(buffer), text(`t${index}`)]);
    });
    const nodes = this.#nodes.map(({ name, inputs, outputs, options }) => {
      const { union, fields = () => [] } = operators[name];
      const told = union === undefined ? [] : [byte(union), table(fields(options))];
      return table([int(names.indexOf(name)), ints(inputs), ints(outputs), ...told]);
    });
    const graph = table([list(tensors), ints(this.#inputs), ints([output]), list(nodes), text("main")]);
    const codes = names.map((name) => {
      const { code } = operators[name];
      return table([byte(Math.min(code, LAST_OF_OLD)), undefined, int(1), int(code)]);
    });
    const buffers = [table([]), ...constants.map(({ data }) => table([blob(bytesOf(data), 16)]))];
    return flatbuffer(table([int(SCHEMA), list(codes), list([graph]), text("bench"), list(buffers)]), "TFL3");
  }

  /** @param {Operand} operand */
  #operand(operand) {
    if (operand === undefined) return LEFT_OUT;
    return typeof operand === "number" ? operand : this.constant(operand);
  }

  /** @param {Tensor} tensor */
  #tensor(tensor) {
    return this.#tensors.push(tensor) - 1;
  }
}

/** @param {Tensor["data"]} data */
function bytesOf(data) {
  return data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array();
}
