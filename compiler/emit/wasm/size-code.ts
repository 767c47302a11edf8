/** Puts the value of an integer expression on the stack. */
import { monomials, type Atom, type Size } from "../../ir/size/size.ts";
import type { Code } from "./code.ts";

export function sizeCode(code: Code, size: Size): void {
  const terms = monomials(size).filter(({ coefficient }) => coefficient !== 0);
  if (terms.length === 0) code.int(0);
  terms.forEach((term, i) => {
    productCode(code, term);
    if (i > 0) code.emit("i32.add");
  });
}

function productCode(code: Code, { coefficient, atoms }: ReturnType<typeof monomials>[number]): void {
  if (atoms.length === 0) return code.int(coefficient);
  atoms.forEach((atom, i) => {
    atomCode(code, atom);
    if (i > 0) code.emit("i32.mul");
  });
  if (coefficient === 1) return;
  const power = Math.log2(coefficient);
  code.int(Number.isInteger(power) ? power : coefficient);
  code.emit(Number.isInteger(power) ? "i32.shl" : "i32.mul");
}

function atomCode(code: Code, atom: Atom): void {
  if (atom.kind === "symbol") return code.get(code.local(atom.name));
  const { kind, left, right } = atom;
  if (kind === "min" || kind === "max") return chosenCode(code, kind, left, right);
  if (typeof right === "number" && Number.isInteger(Math.log2(right))) {
    sizeCode(code, left);
    code.int(kind === "mod" ? right - 1 : Math.log2(right));
    return code.emit(kind === "mod" ? "i32.and" : "i32.shr_s");
  }
  // The remainder of WebAssembly has the sign of the dividend: one below 0 is moved up, and its quotient down.
  code.temporary("i32", (divisor) => {
    code.temporary("i32", (rest) => {
      sizeCode(code, right);
      code.emit("local.tee", divisor);
      if (typeof right !== "number") nonZero(code, divisor);
      code.set(divisor);
      sizeCode(code, left);
      code.emit("local.tee", rest);
      code.get(divisor);
      code.emit(kind === "mod" ? "i32.rem_s" : "i32.div_s");
      if (kind === "mod") {
        code.emit("local.tee", rest);
        code.get(divisor);
        code.get(rest);
        code.int(31);
        code.emit("i32.shr_s");
        code.emit("i32.and");
        return code.emit("i32.add");
      }
      code.get(rest);
      code.get(divisor);
      code.emit("i32.rem_s");
      code.int(31);
      code.emit("i32.shr_s");
      code.emit("i32.add");
    });
  });
}

/** Puts 1 in place of 0 on the stack: where a size is 0, loops have no rounds, but their bounds are computed. */
function nonZero(code: Code, divisor: number): void {
  code.get(divisor);
  code.emit("i32.eqz");
  code.emit("i32.add");
}

function chosenCode(code: Code, kind: "min" | "max", left: Size, right: Size): void {
  code.temporary("i32", (a) => {
    code.temporary("i32", (b) => {
      sizeCode(code, left);
      code.set(a);
      sizeCode(code, right);
      code.set(b);
      code.get(a);
      code.get(b);
      code.get(kind === "min" ? a : b);
      code.get(kind === "min" ? b : a);
      code.emit("i32.lt_s");
      code.emit("select");
    });
  });
}
