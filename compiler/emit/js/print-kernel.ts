/** Prints kernels of the plan as JavaScript functions. */
import { bytesPerElement, dtypeRows, isInteger } from "../../ir/dtype.ts";
import { walk, type Expression, type Kernel, type Statement, type Store } from "../../ir/plan/plan.ts";
import { maps, precedence, reductions, bracketed, type JsText } from "../../ir/graph/primitives.ts";
import { add, monomials, mul, sub, type Atom, type Size } from "../../ir/size/size.ts";
import { identifier } from "../../ir/text/identifiers.ts";
import { visibleJson } from "../../../runtime/visible.ts";
import { Printer } from "./code-printer.ts";

/** The text of one kernel. Masked stores access the buffer's bits as an Int32Array, which is an extra argument. */
export interface JsKernel {
  readonly text: string;
  /** The buffers whose bits are accessed, in the order of the extra arguments at the end. */
  readonly bits: readonly string[];
  readonly helpers: readonly string[];
}

/**
 * The function's text from the parameters on, without its name. It is equal for kernels that can share one function.
 */
export function printKernel(kernel: Kernel): JsKernel {
  const bits = maskedBuffers(kernel.body);
  const helpers = new Set<string>();
  const printer = new Printer();
  const parameters = [...kernel.buffers.map((buffer) => buffer.name), ...kernel.sizes, ...bits.map(bitsName)];
  printer.open(`(${parameters.map(identifier).join(", ")}) {`);
  const doubles = new Set(
    kernel.buffers.flatMap(({ name, dtype }) => (bytesPerElement(dtype) === 8 ? [name] : [])),
  );
  printStatements(kernel.body, printer, helpers, doubles);
  printer.close("}");
  return { text: printer.text(), bits, helpers: [...helpers] };
}

/** `doubles` are the buffers whose elements have two words of 32 bits. */
function printStatements(
  statements: readonly Statement[],
  printer: Printer,
  helpers: Set<string>,
  doubles: ReadonlySet<string>,
): void {
  for (const statement of statements) {
    if (statement.kind !== "loop") {
      for (const line of statementLines(statement, helpers, doubles)) printer.line(line);
      continue;
    }
    const index = identifier(statement.index);
    const step = statement.step === 1 ? `${index}++` : `${index} += ${statement.step}`;
    const from = sizeJs(statement.from).text;
    const to = bracketed(sizeJs(statement.to), precedence.add);
    printer.open(`for (let ${index} = ${from}; ${index} < ${to}; ${step}) {`);
    printStatements(statement.body, printer, helpers, doubles);
    printer.close("}");
  }
}

/** The lines of a statement that is not a loop. */
function statementLines(statement: Statement, helpers: Set<string>, doubles: ReadonlySet<string>): string[] {
  const print = (e: Expression): JsText => expressionText(e, helpers);
  switch (statement.kind) {
    case "let":
      return [`const ${identifier(statement.name)} = ${print(statement.value).text};`];
    case "accumulator":
      return [`let ${identifier(statement.name)} = ${numberJs(reductions[statement.reduce].identity).text};`];
    case "accumulate": {
      const { value } = statement;
      const name = identifier(statement.name);
      if (statement.reduce === "sum") return [`${name} += ${print(value).text};`];
      if (statement.reduce === "prod") {
        if (!dtypeRows[statement.type.dtype].wraps)
          return [`${name} *= ${bracketed(print(value), precedence.mul)};`];
        return [`${name} = Math.imul(${name}, ${print(value).text});`];
      }
      return [`${name} = Math.${statement.reduce}(${name}, ${print(value).text});`];
    }
    case "store": {
      const { buffer, value, zeroWhere } = statement;
      const number =
        value.kind === "map" && maps[value.map].result === "bool" ? asNumber(print(value)) : print(value);
      const lines = [`${placeText(statement, helpers)} = ${number.text};`];
      // The mask -1 keeps all bits, and 0 clears them.
      if (zeroWhere) {
        const bits = `&= ${bracketed(asInteger(print(zeroWhere)), precedence.add)} - 1;`;
        // A float64 has two words of 32 bits.
        const places = doubles.has(buffer)
          ? [mul(statement.at, 2), add(mul(statement.at, 2), 1)]
          : [statement.at];
        for (const place of places) lines.push(`${bitsName(buffer)}[${sizeJs(place).text}] ${bits}`);
      }
      return lines;
    }
    case "check": {
      const { message } = statement;
      const name = identifier(statement.name);
      const below = bracketed(sizeJs(statement.below), precedence.compare + 1);
      const last = sizeJs(sub(statement.below, 1)).text;
      const range =
        typeof statement.below === "number"
          ? quoted(` is not in 0..${last}`)
          : `" is not in 0.." + (${last})`;
      const text = `${quoted(`${message}: index `)} + ${name} + ${range}`;
      return [`if (!(${name} >= 0 && ${name} < ${below})) throw new RangeError(${text});`];
    }
    case "draw":
      throw new Error("the model around the kernels draws random numbers");
    case "loop":
      return [];
  }
}

function expressionText(e: Expression, helpers: Set<string>): JsText {
  switch (e.kind) {
    case "number":
      return numberJs(e.value);
    case "size": {
      const { text, precedence: strength } = sizeJs(e.size);
      // In JS `-i` is -0 where `i` is 0, and integers have no -0.
      if (typeof e.size === "number" || !text.startsWith("-")) return { text, precedence: strength };
      return { text: `0 - ${text.slice(1)}`, precedence: precedence.add };
    }
    case "local":
      return { text: identifier(e.name), precedence: precedence.atom };
    case "load":
      return loadText(e, helpers);
    case "map": {
      const row = maps[e.map];
      if (row.helper) helpers.add(row.helper);
      return row.js(
        e.operands.map((operand) => expressionText(operand, helpers)),
        dtypeRows[e.type.dtype].wraps,
      );
    }
    case "cast":
      return castText(e, helpers);
    case "guard": {
      const at = bracketed(sizeJs(e.at), precedence.compare + 1);
      const below = bracketed(sizeJs(e.below), precedence.compare + 1);
      const inside = bracketed(expressionText(e.operand, helpers), precedence.conditional);
      return {
        text: `${at} >= 0 && ${at} < ${below} ? ${inside} : ${numberJs(e.fallback).text}`,
        precedence: precedence.conditional,
      };
    }
    case "checked":
      throw new Error("a checked index is named by `hoist`");
    case "across":
      throw new Error("JavaScript has no vectors");
  }
}

function loadText(e: Extract<Expression, { kind: "load" }>, helpers: Set<string>): JsText {
  return { text: placeText(e, helpers), precedence: precedence.call };
}

/** `buffer[at + stride * index]`, which is loaded or stored to. */
function placeText(e: Omit<Store, "kind" | "value" | "zeroWhere">, helpers: Set<string>): string {
  const parts = e.at === 0 && e.index ? [] : [bracketed(sizeJs(e.at), precedence.add)];
  if (e.index) {
    const index = expressionText(e.index, helpers);
    const scaled = e.stride === undefined || e.stride === 1 ? index : times(sizeJs(e.stride), index);
    parts.push(parts.length > 0 ? bracketed(scaled, precedence.add + 1) : scaled.text);
  }
  return `${identifier(e.buffer)}[${parts.join(" + ")}]`;
}

function times(x: JsText, y: JsText): JsText {
  return maps.mul.js([x, y], false);
}

function castText(e: Extract<Expression, { kind: "cast" }>, helpers: Set<string>): JsText {
  const operand = expressionText(e.operand, helpers);
  switch (e.type.dtype) {
    case "bool":
      return { text: `${bracketed(operand, precedence.equal)} !== 0`, precedence: precedence.equal };
    case "i32":
      return asInteger(operand);
    case "f32":
      return isInteger(e.operand.type.dtype) ? rounded(operand) : plain(e, operand);
    case "f64":
      return plain(e, operand);
    case "f16":
    case "i8":
      throw new Error(`nothing is computed as ${e.type.dtype}`);
  }
}

/**
 * The text of a cast that changes no number. A JS comparison gives a boolean, which becomes a number; truth values from
 * memory are numbers already.
 */
function plain({ operand }: Extract<Expression, { kind: "cast" }>, text: JsText): JsText {
  return operand.type.dtype === "bool" && operand.kind !== "load" ? asNumber(text) : text;
}

function asNumber(x: JsText): JsText {
  return { text: `+${bracketed(x, precedence.unary + 1)}`, precedence: precedence.unary };
}

function rounded(x: JsText): JsText {
  return { text: `Math.fround(${x.text})`, precedence: precedence.call };
}

function asInteger(x: JsText): JsText {
  return { text: `${bracketed(x, precedence.bitOr + 1)} | 0`, precedence: precedence.bitOr };
}

export function numberJs(value: number): JsText {
  if (Object.is(value, -0)) return { text: "-0", precedence: precedence.unary };
  return { text: String(value), precedence: value < 0 ? precedence.unary : precedence.atom };
}

/** How the parts of an integer expression are printed. */
export interface Parts {
  readonly symbol: (name: string) => string;
  /** The text of an operand of a quotient, remainder, minimum or maximum; undefined where it is printed in full. */
  readonly operand: (size: Size) => JsText | undefined;
}

const ownNames: Parts = { symbol: identifier, operand: () => undefined };

/** The text of an integer expression. Positive terms come before negative ones. */
export function sizeJs(size: Size, parts: Parts = ownNames): JsText {
  if (typeof size === "number") return numberJs(size);
  const ordered = [...monomials(size)].sort((a, b) => Number(b.coefficient > 0) - Number(a.coefficient > 0));
  const [first, ...others] = ordered.map(({ coefficient, atoms }) => ({
    negative: coefficient < 0,
    text: productText(Math.abs(coefficient), atoms, parts),
  }));
  if (others.length === 0 && !first!.negative) return first!.text;
  const start = first!.negative
    ? `-${bracketed(first!.text, precedence.unary)}`
    : bracketed(first!.text, precedence.add);
  const rest = others.map(
    ({ negative, text }) => ` ${negative ? "-" : "+"} ${bracketed(text, precedence.add + 1)}`,
  );
  const strength = others.length > 0 ? precedence.add : precedence.unary;
  return { text: start + rest.join(""), precedence: strength };
}

function productText(coefficient: number, atoms: readonly Atom[], parts: Parts): JsText {
  const factors = atoms.map((atom) => atomText(atom, parts));
  if (coefficient !== 1 || factors.length === 0) factors.unshift(numberJs(coefficient));
  if (factors.length === 1) return factors[0]!;
  return {
    text: factors.map((factor) => bracketed(factor, precedence.mul + 1)).join(" * "),
    precedence: precedence.mul,
  };
}

function atomText(atom: Atom, parts: Parts): JsText {
  if (atom.kind === "symbol") return { text: parts.symbol(atom.name), precedence: precedence.atom };
  const left = parts.operand(atom.left) ?? sizeJs(atom.left, parts);
  const right = parts.operand(atom.right) ?? sizeJs(atom.right, parts);
  const quotient = `Math.floor(${bracketed(left, precedence.mul)} / ${bracketed(right, precedence.mul + 1)})`;
  switch (atom.kind) {
    case "floordiv":
      return { text: quotient, precedence: precedence.call };
    case "mod":
      return {
        text: `${bracketed(left, precedence.add)} - ${bracketed(right, precedence.mul)} * ${quotient}`,
        precedence: precedence.add,
      };
    case "min":
    case "max":
      return { text: `Math.${atom.kind}(${left.text}, ${right.text})`, precedence: precedence.call };
  }
}

function maskedBuffers(statements: readonly Statement[]): string[] {
  const found = new Set<string>();
  for (const statement of walk(statements)) {
    if (statement.kind === "store" && statement.zeroWhere) found.add(statement.buffer);
  }
  return [...found];
}

function bitsName(buffer: string): string {
  return `${identifier(buffer)}$bits`;
}

/**
 * A JS string literal. Invisible characters are escaped, and so is `<`, which could begin a tag that ends a script in a
 * page.
 */
export function quoted(text: string): string {
  return visibleJson(JSON.stringify(text)).replaceAll("<", "\\u003c");
}

/** A name as a property key in a record. `__proto__` is in brackets, because it would set the prototype otherwise. */
export function propertyKey(name: string): string {
  if (name === "__proto__") return `["${name}"]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}
