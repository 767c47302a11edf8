/** Checks that a kernel keeps the rules of its form: names, memory, and the types of its expressions. */
import { isFloat, isInteger, isNarrow, type Dtype } from "../dtype.ts";
import {
  operandsOf,
  planTypeText,
  rootsOf,
  scalar,
  sizesIn,
  visitExpressions,
  widens,
  type Expression,
  type Kernel,
  type KernelBuffer,
  type PlanType,
  type Statement,
} from "./plan.ts";
import { draws } from "../graph/draws.ts";
import { mapDtype, maps, type ReduceName } from "../graph/primitives.ts";
import { symbolsOf, type Size } from "../size/size.ts";

/** Throws if the kernel breaks a rule. */
export function verifyKernel(kernel: Kernel): void {
  new KernelCheck(kernel).statements(
    kernel.body,
    new Map(kernel.sizes.map((size) => [size, { type: scalar("i32") }])),
  );
}

/** The value that a name denotes. Indices and bounds may use only i32 values that are not accumulators. */
interface Named {
  readonly type: PlanType;
  /** The reduction of an accumulator; other values have none. */
  readonly reduce?: ReduceName;
}

type Names = ReadonlyMap<string, Named>;

class KernelCheck {
  readonly #kernel: string;
  readonly #buffers: ReadonlyMap<string, KernelBuffer>;
  /** Whether there are several statements. */
  readonly #isShared: boolean;

  constructor({ name, buffers, body }: Kernel) {
    this.#kernel = name;
    this.#isShared = body.length > 1 || body[0]?.kind === "loop";
    this.#buffers = new Map(buffers.map((buffer) => [buffer.name, buffer]));
    if (this.#buffers.size < buffers.length) this.#fail("two buffers have one name");
  }

  /** Checks statements. `names` has the names in scope, and gets those that the statements define. */
  statements(statements: readonly Statement[], names: Map<string, Named>): void {
    for (const statement of statements) this.#statement(statement, names);
  }

  #statement(statement: Statement, names: Map<string, Named>): void {
    visitExpressions(rootsOf(statement), (e) => this.#expression(e, names));
    switch (statement.kind) {
      case "loop": {
        const { index, from, to, step, body } = statement;
        this.#integers(from, names);
        this.#integers(to, names);
        if (step < 1) this.#fail(`the step of ${index} is ${step}`);
        const inside = new Map(names);
        this.#define(inside, index, { type: scalar("i32") });
        this.statements(body, inside);
        return;
      }
      case "let":
        this.#define(names, statement.name, { type: statement.value.type });
        return;
      case "accumulator":
        this.#define(names, statement.name, { type: statement.type, reduce: statement.reduce });
        return;
      case "accumulate": {
        const { name, reduce, type, value } = statement;
        const known = names.get(name);
        if (known?.reduce === undefined) return this.#fail(`${name} is no accumulator here`);
        if (known.reduce !== reduce || !isSame(known.type, type))
          this.#fail(`${name} accumulates another thing than its accumulator`);
        if (!widens(value.type, type)) this.#wrongType(value, `added to ${name}`, type);
        return;
      }
      case "store": {
        const { buffer, at, index, stride, step, value, zeroWhere } = statement;
        this.#integers(at, names);
        if (stride !== undefined) this.#integers(stride, names);
        if (step !== undefined) this.#integers(step, names);
        if (index) this.#wantInteger(index);
        const { dtype, access } = this.#buffers.get(buffer) ?? { access: "read" };
        if (access === "read" || dtype === undefined)
          return this.#fail(`${buffer} is stored to and is no buffer for it`);
        const one = scalar(value.type.dtype);
        const fits =
          widens(one, scalar(dtype)) ||
          (isFloat(dtype) && isFloat(one.dtype)) ||
          (isNarrow(dtype) && one.dtype === "i32");
        if (step !== undefined && value.type.lanes === 1)
          this.#fail("one number alone is stored at a distance");
        if (step !== undefined && dtype === "bool") this.#fail("truth values are stored at a distance");
        if (index && value.type.lanes > 1) this.#fail("neighbours are stored to a place that data decide");
        if (!fits) this.#wrongType(value, `stored to ${buffer}`, { ...value.type, dtype });
        if (zeroWhere) this.#wantTruth(zeroWhere);
        return;
      }
      case "draw": {
        const { draw, numbers, buffer, count, from } = statement;
        this.#integers(count, names);
        const row = draws[draw];
        if (this.#isShared) this.#fail("a draw is not alone in its kernel");
        if (numbers.length !== row.numbers.length) this.#fail(`${draw} has ${row.numbers.length} numbers`);
        const target = this.#buffers.get(buffer);
        if (target?.access !== "write" || target.dtype !== row.dtype)
          this.#fail(`${buffer} is drawn to and is no buffer of ${row.dtype} for it`);
        const isRead = from !== undefined && this.#buffers.get(from)?.access === "read";
        if (isRead !== (row.reads === true))
          this.#fail(`${draw} ${row.reads ? "reads a" : "reads no"} buffer`);
        return;
      }
      case "check": {
        this.#integers(statement.below, names);
        const known = names.get(statement.name);
        if (!known || !isIndex(known)) this.#fail(`${statement.name} is checked and is no integer`);
      }
    }
  }

  #expression(e: Expression, names: Names): void {
    for (const size of sizesIn(e)) this.#integers(size, names);
    switch (e.kind) {
      case "number":
      case "size":
      case "guard":
        return;
      case "cast":
        if (e.operand.type.lanes !== 1 && e.operand.type.lanes !== e.type.lanes)
          this.#wrongType(e.operand, "repeated", scalar(e.operand.type.dtype));
        return;
      case "across":
        if (e.operand.type.lanes === 1) this.#fail("one number alone is reduced across lanes");
        return;
      case "local": {
        const known = names.get(e.name);
        if (!known) return this.#fail(`${e.name} is used where it is not defined`);
        if (!isSame(known.type, e.type)) this.#wrongType(e, `read as ${e.name}`, known.type);
        return;
      }
      case "load": {
        const { dtype, access } = this.#buffers.get(e.buffer) ?? { access: "write" };
        if (access === "write" || dtype === undefined)
          return this.#fail(`${e.buffer} is read and is no buffer for it`);
        const fits = isFloat(dtype)
          ? isFloat(e.type.dtype)
          : e.type.dtype === (isNarrow(dtype) ? "i32" : dtype);
        if (!fits) this.#wrongType(e, `loaded from ${e.buffer}`, { ...e.type, dtype });
        if (e.index) this.#wantInteger(e.index);
        if (e.index && e.type.lanes > 1) this.#fail("neighbours are loaded from a place that data decide");
        return;
      }
      case "checked":
        this.#wantInteger(e.operand);
        return;
      case "map":
        this.#map(e);
    }
  }

  #map(e: Extract<Expression, { kind: "map" }>): void {
    const { arity, of, result } = maps[e.map];
    const operands = operandsOf(e);
    if (operands.length !== arity) this.#fail(`${e.map} has ${operands.length} operands, not ${arity}`);
    if (of !== undefined) return this.#mapOf(of, e);
    if (e.map === "select") this.#wantTruth(operands[0]!);
    for (const operand of operands)
      if (operand.type.lanes !== e.type.lanes)
        this.#wrongType(operand, `an operand of ${e.map}`, { ...e.type, dtype: operand.type.dtype });
    if (result === "bool") {
      if (e.type.dtype !== "bool") this.#wrongType(e, `made by ${e.map}`, scalar("bool"));
      const [x, y = x] = operands;
      if (!widens(x!.type, y!.type) && !widens(y!.type, x!.type))
        this.#wrongType(y!, `compared by ${e.map}`, x!.type);
      return;
    }
    for (const operand of e.map === "select" ? operands.slice(1) : operands)
      if (!widens(operand.type, e.type)) this.#wrongType(operand, `an operand of ${e.map}`, e.type);
  }

  /** A map that is for one dtype alone. */
  #mapOf(dtype: Dtype, e: Extract<Expression, { kind: "map" }>): void {
    const [operand, made] = [dtype, mapDtype(e.map, dtype)].map((one) => ({ ...e.type, dtype: one }));
    for (const each of e.operands)
      if (!isSame(each.type, operand!)) this.#wrongType(each, `an operand of ${e.map}`, operand!);
    if (!isSame(e.type, made!)) this.#wrongType(e, `made by ${e.map}`, made!);
  }

  #wantTruth(e: Expression): void {
    if (e.type.dtype !== "bool") this.#wrongType(e, "a condition", scalar("bool"));
  }

  #wantInteger(e: Expression): void {
    if (!isInteger(e.type.dtype) || e.type.lanes > 1) this.#wrongType(e, "an index", scalar("i32"));
  }

  #wrongType({ kind, type }: Expression, what: string, wanted: PlanType): never {
    return this.#fail(
      `a ${kind} of type ${planTypeText(type)} is ${what}, where ${planTypeText(wanted)} is wanted`,
    );
  }

  #integers(size: Size, names: Names): void {
    for (const name of symbolsOf(size)) {
      const known = names.get(name);
      if (!known || !isIndex(known)) this.#fail(`${name} stands in an index and is no integer here`);
    }
  }

  #define(names: Map<string, Named>, name: string, named: Named): void {
    if (names.has(name) || this.#buffers.has(name)) this.#fail(`${name} is defined twice`);
    names.set(name, named);
  }

  #fail(problem: string): never {
    throw new Error(`kernel ${this.#kernel}: ${problem}`);
  }
}

function isIndex({ type, reduce }: Named): boolean {
  return isInteger(type.dtype) && type.lanes === 1 && reduce === undefined;
}

function isSame(a: PlanType, b: PlanType): boolean {
  return a.dtype === b.dtype && a.lanes === b.lanes;
}
