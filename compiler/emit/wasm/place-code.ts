/** Puts places in memory on the stack. */
import { bytesPerElement, type Dtype } from "../../ir/dtype.ts";
import type { Expression } from "../../ir/plan/plan.ts";
import { add, key, monomials, mul, sub, symbolsOf, type Size } from "../../ir/size/size.ts";
import type { Code } from "./code.ts";
import { sizeCode } from "./size-code.ts";

/** `buffer[at + index * stride]` */
interface Place {
  readonly buffer: string;
  readonly at: Size;
  readonly index?: Expression;
  readonly stride?: Size;
}

/** Puts the address of a place on the stack, and returns what an access must add to it, in bytes. */
export function placeCode(
  code: Code,
  { buffer, at, index, stride = 1 }: Place,
  dtype: Dtype,
  value: (e: Expression) => void,
): number {
  const bytes = bytesPerElement(dtype);
  const constant = constantPart(at, code.signed);
  const rest = mul(sub(at, constant), bytes);
  const base = code.local(buffer);
  if (rest === 0) code.get(base);
  else {
    // Places that differ by a constant are one address. Names may mean other locals in other blocks.
    const locals = [...symbolsOf(rest)].map((name) => code.local(name));
    code.shared(`${base} + ${key(rest)} of ${locals.join()}`, () => {
      code.get(base);
      sizeCode(code, rest);
      code.emit("i32.add");
    });
  }
  if (index) {
    value(index);
    sizeCode(code, mul(stride, bytes));
    code.emit("i32.mul");
    code.emit("i32.add");
  }
  return constant * bytes;
}

/**
 * What an access may add itself. It does not wrap at 2^32, so all that stands on the stack must not be negative: the constant is
 * taken out only where nothing is subtracted.
 */
function constantPart(at: Size, signed: ReadonlySet<string>): number {
  if (!isSum(at, signed)) return 0;
  return monomials(at).find(({ atoms }) => atoms.length === 0)?.coefficient ?? 0;
}

/** Whether a size adds up what is not below 0. */
export function isSum(size: Size, signed: ReadonlySet<string>): boolean {
  return monomials(size).every(
    ({ coefficient, atoms }) =>
      coefficient >= 0 && atoms.every((atom) => atom.kind === "symbol" && !signed.has(atom.name)),
  );
}

/** A place that is so many elements further. */
export function further<P extends Place>(place: P, elements: Size): P {
  return { ...place, at: add(place.at, elements) };
}
