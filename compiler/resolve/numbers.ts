/** Operators on values that are known at compile time: numbers, sizes, truth values, texts. */
import type { BinaryOperator } from "../../grammar/ast.ts";
import { add, differ, floorDiv, limited, mod, mul, same, sub, type Size } from "../ir/size/size.ts";
import type { Value } from "./meanings.ts";
import type { Repetition } from "./paths.ts";
import { boolean, numberValue, sizeValue } from "./values.ts";

/**
 * The value that an operator gives; or the reason why there is none; or "tensor" if the operands are numbers but
 * the result is known only at the call, as a tensor.
 */
export function compute(
  op: BinaryOperator,
  left: Value,
  right: Value,
): Value | { readonly kind: "problem"; readonly reason: string } | "tensor" | undefined {
  if (op === "==" || op === "!=") return equality(op, left, right);
  if (left.kind === "number" && right.kind === "number") {
    const indices = union(left.indices, right.indices);
    return ofNumbers(op, left, right, indices);
  }
  const [a, b] = [sizeOf(left), sizeOf(right)];
  if (a === undefined || b === undefined) return undefined;
  if (a === "float" || b === "float") return "tensor";
  return ofSizes(op, a, b);
}

function sizeOf(value: Value): Size | "float" | undefined {
  if (value.kind === "size") return value.size;
  if (value.kind !== "number") return undefined;
  return value.float || !Number.isSafeInteger(value.value) ? "float" : value.value;
}

function union(a: readonly Repetition[], b: readonly Repetition[]): readonly Repetition[] {
  if (b.length === 0) return a;
  return a.length === 0 ? b : [...new Set([...a, ...b])];
}

function problem(reason: string): { readonly kind: "problem"; readonly reason: string } {
  return { kind: "problem", reason };
}

function ofNumbers(
  op: BinaryOperator,
  left: { value: number; float: boolean },
  right: { value: number; float: boolean },
  indices: readonly Repetition[],
): Value | { readonly kind: "problem"; readonly reason: string } | undefined {
  const [a, b] = [left.value, right.value];
  const float = left.float || right.float;
  switch (op) {
    case "+":
      return numberValue(a + b, float, indices);
    case "-":
      return numberValue(a - b, float, indices);
    case "*":
      return numberValue(a * b, float, indices);
    case "/":
      return b === 0 ? problem("division by zero") : numberValue(a / b, true, indices);
    case "//":
      return b === 0 ? problem("division by zero") : numberValue(Math.floor(a / b), float, indices);
    case "%":
      return b === 0 ? problem("division by zero") : numberValue(a - b * Math.floor(a / b), float, indices);
    case "**":
      if (a === 0 && b < 0) return problem("0 to a negative power");
      if (a < 0 && !Number.isInteger(b)) return problem("a negative number to a broken power is no number");
      return numberValue(a ** b, float || b < 0, indices);
    case "<":
      return boolean(a < b);
    case "<=":
      return boolean(a <= b);
    case ">":
      return boolean(a > b);
    case ">=":
      return boolean(a >= b);
    default:
      return undefined;
  }
}

function ofSizes(
  op: BinaryOperator,
  a: Size,
  b: Size,
): Value | { readonly kind: "problem"; readonly reason: string } | "tensor" | undefined {
  switch (op) {
    case "+":
      return limitedValue(add(a, b));
    case "-":
      return limitedValue(sub(a, b));
    case "*":
      return limitedValue(mul(a, b));
    case "/":
      return "tensor";
    case "//":
      return b === 0 ? problem("division by zero") : limitedValue(floorDiv(a, b));
    case "%":
      return b === 0 ? problem("division by zero") : limitedValue(mod(a, b));
    case "**":
      return power(a, b);
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const difference = sub(a, b);
      if (typeof difference !== "number") {
        return problem("this is known only at the call, and is wanted at compile time");
      }
      return ofNumbers(op, { value: difference, float: false }, { value: 0, float: false }, []);
    }
    default:
      return undefined;
  }
}

/** The size as a value. Throws SizeLimit if it is too complicated, which `context` reports. */
function limitedValue(size: Size): Value {
  return sizeValue(limited(size));
}

function power(a: Size, b: Size): Value | { readonly kind: "problem"; readonly reason: string } | "tensor" {
  if (typeof b !== "number" || b < 0) return "tensor";
  let result: Size = 1;
  for (let i = 0; i < b; i++) result = limited(mul(result, a));
  return sizeValue(result);
}

function equality(
  op: "==" | "!=",
  left: Value,
  right: Value,
): Value | { readonly kind: "problem"; readonly reason: string } | undefined {
  const equal = areEqual(left, right);
  if (equal === undefined) return undefined;
  if (equal === "unknown") return problem("this is known only at the call, and is wanted at compile time");
  return boolean(op === "==" ? equal : !equal);
}

function areEqual(left: Value, right: Value): boolean | "unknown" | undefined {
  const [a, b] = [sizeOf(left), sizeOf(right)];
  if (left.kind === "number" && right.kind === "number") return left.value === right.value;
  if (a !== undefined && b !== undefined) {
    if (a === "float" || b === "float") return "unknown";
    return same(a, b) ? true : differ(a, b) ? false : "unknown";
  }
  if (!isPlain(left) || !isPlain(right)) return undefined;
  if (left.kind === "bool" && right.kind === "bool") return left.value === right.value;
  if (left.kind === "string" && right.kind === "string") return left.value === right.value;
  return left.kind === "none" && right.kind === "none";
}

function isPlain(value: Value): boolean {
  return ["number", "size", "bool", "string", "none"].includes(value.kind);
}
