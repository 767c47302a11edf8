/** Reads a kernel as `print-plan.ts` prints it. The indentation tells which statements are in a loop. */
import {
  Expressions,
  planTypeText,
  scalar,
  type Expression,
  type Kernel,
  type KernelBuffer,
  type PlanType,
  type Statement,
} from "./plan.ts";
import { INFIX, loadedTypes, usualType } from "./print-plan.ts";
import { draws } from "../graph/draws.ts";
import { maps, reductions, type MapName, type ReduceName } from "../graph/primitives.ts";
import { dtypeRows, isNarrow, type Dtype } from "../dtype.ts";
import type { Line } from "../text/scan.ts";
import { add, mul, neg, type Size } from "../size/size.ts";

/** Reads a kernel. `head` is the rest of its first line, after the name. */
export function readKernel(name: string, head: Line, body: readonly Line[]): Kernel {
  head.want("(");
  const buffers: KernelBuffer[] = [];
  let sizes: string[] = [];
  while (!head.take(")")) {
    if (head.take(";")) {
      sizes = head.list(() => head.symbol());
      head.want(")");
      break;
    }
    if (buffers.length > 0) head.want(",");
    const access = readAccess(head);
    const own = head.local("a buffer");
    head.want(":");
    buffers.push({ name: own, dtype: head.dtype(), access });
  }
  head.end();
  const reading = new KernelReading(buffers, body);
  return { name, buffers, sizes, body: reading.statements(head.indent), schedule: [], pool: reading.pool };
}

/** Reads the mark of an access: `@` is write, `&` is both, no mark is read. */
export function readAccess(line: Line): KernelBuffer["access"] {
  return line.take("@") ? "write" : line.take("&") ? "both" : "read";
}

/** The reduction whose identity the line shows. */
function reductionOf(line: Line): ReduceName {
  const identity = line.float();
  const found = (Object.keys(reductions) as ReduceName[]).find(
    (name) => reductions[name].identity === identity,
  );
  return found ?? line.wrong(`no reduction begins with ${identity}`);
}

class KernelReading {
  readonly pool: Expressions = new Expressions();
  readonly #lines: readonly Line[];
  #next = 0;
  /** The expressions that lines such as `%0 = …` define for the statement after them. */
  #shared: Expression[] = [];

  /** The types of the lets and accumulators defined so far. */
  readonly #types = new Map<string, PlanType>();
  readonly #loaded: ReadonlyMap<string, Dtype>;

  constructor(buffers: readonly KernelBuffer[], lines: readonly Line[]) {
    this.#loaded = loadedTypes(buffers);
    this.#lines = lines;
  }

  /** Reads the statements that are indented deeper than `outside`; all must be indented alike. */
  statements(outside: number): Statement[] {
    const statements: Statement[] = [];
    const indent = this.#lines[this.#next]?.indent ?? 0;
    for (let line = this.#lines[this.#next]; line && line.indent > outside; line = this.#lines[this.#next]) {
      if (line.indent !== indent) line.wrong(`it is indented by ${line.indent} spaces, not ${indent}`);
      this.#next++;
      const statement = this.#statement(line);
      line.end();
      if (!statement) continue;
      this.#shared = [];
      statements.push(
        statement.kind === "loop" ? { ...statement, body: this.statements(indent) } : statement,
      );
    }
    return statements;
  }

  #statement(line: Line): Statement | undefined {
    const shared = line.match(/%\d+/y);
    if (shared !== undefined) {
      if (Number(shared.slice(1)) !== this.#shared.length) line.wrong(`this is %${this.#shared.length}`);
      line.want("=");
      this.#shared.push(this.#expression(line));
      return undefined;
    }
    // The first word of a statement may also be the name of a buffer or an accumulator: `for = …` is a store, not a
    // loop.
    if (line.match(/for(?= [\w$]+ = )/y)) return this.#loop(line);
    if (line.match(/let(?= [\w$]+ = )/y)) {
      const name = line.local("a name");
      line.want("=");
      const value = this.#expression(line);
      this.#types.set(name, value.type);
      return { kind: "let", name, value };
    }
    if (line.match(/accumulator(?= [\w$]+(: \w+)? = )/y)) {
      const name = line.local("a name");
      const type = readType(line, "f64");
      line.want("=");
      this.#types.set(name, type);
      return { kind: "accumulator", name, reduce: reductionOf(line), type };
    }
    if (line.match(/check(?= 0 <= )/y)) {
      line.want("0");
      line.want("<=");
      const name = line.local("a name");
      line.want("<");
      const below = line.size();
      line.want(":");
      return { kind: "check", name, below, message: line.rest() };
    }
    if (line.match(/draw(?= \w+\()/y)) return readDraw(line);
    const name = line.local("a statement");
    if (line.take("[")) return this.#store(line, name);
    const reduce = line.take("+") ? "sum" : line.key(reductions, "`[`, `+=`, `prod=`, `max=` or `min=`");
    line.want("=");
    return {
      kind: "accumulate",
      name,
      reduce,
      type: this.#typeOf(line, name),
      value: this.#expression(line),
    };
  }

  #loop(line: Line): Extract<Statement, { kind: "loop" }> {
    const index = line.local("a name");
    line.want("=");
    const from = line.size();
    line.want("to");
    const to = line.size();
    return { kind: "loop", index, from, to, step: line.take("by") ? line.integer() : 1, body: [] };
  }

  #store(line: Line, buffer: string): Statement {
    const { at, row } = this.#place(line);
    const step = line.take("by") ? { step: line.size() } : {};
    line.want("=");
    const value = this.#expression(line);
    if (!line.take(",")) return { kind: "store", buffer, at, ...row, ...step, value };
    line.want("0");
    line.want("where");
    return { kind: "store", buffer, at, ...row, ...step, value, zeroWhere: this.#expression(line) };
  }

  /** Reads an operand, or two with an operator between them: printed expressions are fully bracketed. */
  #expression(line: Line): Expression {
    const left = this.#operand(line);
    const prefix = typePrefix(line);
    const map = (Object.keys(INFIX) as MapName[]).sort(longestFirst).find((name) => line.take(INFIX[name]!));
    if (map === undefined) return prefix ? line.fail("an operator") : left;
    return this.pool.map(map, [left, this.#operand(line)], prefix ?? scalar(usualType(map)));
  }

  #operand(line: Line): Expression {
    if (line.take("{")) {
      const hint = line.word();
      line.want("}");
      const e = this.#operand(line);
      this.pool.setHint(e, hint);
      return e;
    }
    if (line.take("(")) return closed(line, this.#expression(line));
    const shared = line.match(/%\d+/y);
    if (shared !== undefined)
      return this.#shared[Number(shared.slice(1))] ?? line.wrong(`${shared} is not named above`);
    if (line.seesFloat()) return this.pool.number(line.float(), scalar("f64"));
    const reduce = line.match(/across\.(?:sum|max|min)(?=\()/y)?.slice("across.".length);
    if (reduce !== undefined) {
      line.want("(");
      return this.pool.across(reduce as ReduceName, closed(line, this.#expression(line)));
    }
    const cast = line.match(/\w+->\w+/y);
    if (cast !== undefined) return this.#cast(line, cast);
    const prefix = typePrefix(line);
    const name = line.local("an expression");
    if (line.take("[")) return this.#load(line, name);
    if (!line.take("(")) return prefix ? line.fail("a map") : this.pool.local(name, this.#typeOf(line, name));
    if (prefix || Object.hasOwn(maps, name)) return this.#map(line, name, prefix);
    if (name === "int") return this.pool.size(closed(line, line.size()));
    const constant = typeNamed(name);
    if (constant) return this.pool.number(closed(line, line.float()), constant);
    if (name === "guard") return this.#guard(line);
    return name === "checked" ? this.#checked(line) : line.wrong(`there is no map ${name}`);
  }

  #typeOf(line: Line, name: string): PlanType {
    return this.#types.get(name) ?? line.wrong(`${name} is not defined above`);
  }

  #map(line: Line, name: string, type: PlanType | undefined): Expression {
    if (!Object.hasOwn(maps, name)) line.wrong(`there is no map ${name}`);
    const map = name as MapName;
    const operands = closed(
      line,
      line.list(() => this.#expression(line)),
    );
    if (operands.length !== maps[map].arity) line.wrong(`${map} takes ${maps[map].arity} operands`);
    return this.pool.map(map, operands, type ?? scalar(usualType(map)));
  }

  #cast(line: Line, text: string): Expression {
    const [from, to] = text.split("->").map(typeNamed);
    line.want("(");
    const operand = closed(line, this.#expression(line));
    if (!from || !to || planTypeText(from) !== planTypeText(operand.type))
      return line.wrong(`there is no cast ${text} of what is ${planTypeText(operand.type)}`);
    return this.pool.cast(operand, to);
  }

  /** Reads `guard(0 <= at < below, operand, fallback)`. */
  #guard(line: Line): Expression {
    line.want("0");
    line.want("<=");
    const at = line.size();
    line.want("<");
    const below = line.size();
    line.want(",");
    const operand = this.#expression(line);
    line.want(",");
    return this.pool.guard(operand, { at, below, fallback: closed(line, line.float()) });
  }

  /** Reads `checked(0 <= operand < below, "Embedding(10, 4)")`. */
  #checked(line: Line): Expression {
    line.want("0");
    line.want("<=");
    const operand = this.#operand(line);
    line.want("<");
    const below = line.size();
    line.want(",");
    return this.pool.checked(operand, below, closed(line, line.string()));
  }

  #loadType(line: Line, buffer: string): PlanType {
    return readType(line, this.#loaded.get(buffer) ?? line.wrong(`there is no buffer ${buffer}`));
  }

  /** Reads a load after `x[`: a size, and behind it `stride * [index]` where data choose the row. */
  #load(line: Line, buffer: string): Expression {
    const { at, row } = this.#place(line);
    const step = line.take("by") ? line.size() : 1;
    return this.pool.load(buffer, this.#loadType(line, buffer), at, row, step);
  }

  /** Reads a place up to its closing bracket: `at + stride * [index]]`. */
  #place(line: Line): { at: Size; row?: { index: Expression; stride: Size } } {
    let at: Size = 0;
    for (let sign = line.take("-") ? neg : same; ; sign = line.take("-") ? neg : same) {
      let product: Size = 1;
      for (;;) {
        if (line.take("[")) {
          const index = this.#expression(line);
          line.want("]");
          line.want("]");
          return { at, row: { index, stride: product } };
        }
        product = mul(product, line.factor());
        if (!line.take("*")) break;
      }
      at = add(at, sign(product));
      if (line.take("]")) return { at };
      if (!line.take("+") && !line.sees("-")) line.fail("`+`, `-` or `]`");
    }
  }
}

/** Reads `bernoulli(0.5) to y: 12` after the word `draw`. */
function readDraw(line: Line): Statement {
  const draw = line.key(draws, "a distribution");
  const { numbers: names, reads } = draws[draw];
  line.want("(");
  const numbers = names.map((_, i) => {
    if (i > 0) line.want(",");
    return line.float();
  });
  if (reads) line.want(",");
  const from = reads ? { from: line.local("a buffer") } : {};
  line.want(")");
  line.want("to");
  const buffer = line.local("a buffer");
  line.want(":");
  return { kind: "draw", draw, numbers, buffer, count: line.size(), ...from };
}

/** Reads a type after `:`, or gives the usual one where there is no `:`. */
function readType(line: Line, usual: Dtype): PlanType {
  return line.take(":") ? (typeNamed(line.word()) ?? line.wrong("this is no type")) : scalar(usual);
}

/** Reads the type before a map's name or sign, as in `i32.add`: the result's type where it is not the usual one. */
function typePrefix(line: Line): PlanType | undefined {
  const text = line.match(/\w+(?=\.(?:[a-z]|[-+*/%<=]))/y);
  if (text === undefined) return undefined;
  line.want(".");
  return typeNamed(text) ?? line.wrong(`${text} is no type`);
}

/** The type of a text: `f64`, `f32x4`. */
function typeNamed(text: string): PlanType | undefined {
  const [, dtype, lanes = "1"] = /^([a-z]+\d*?)(?:x(2|4|8|16))?$/.exec(text) ?? [];
  if (dtype === undefined || !Object.hasOwn(dtypeRows, dtype)) return undefined;
  // Nothing is computed in a narrow dtype.
  if (isNarrow(dtype as Dtype)) return undefined;
  return lanes === "1"
    ? scalar(dtype as Dtype)
    : { dtype: dtype as Dtype, lanes: Number(lanes) as PlanType["lanes"] };
}

const same = (size: Size): Size => size;

/** Orders signs so that `<=` comes before `<`, and `**` before `*`. */
function longestFirst(a: MapName, b: MapName): number {
  return INFIX[b]!.length - INFIX[a]!.length;
}

function closed<T>(line: Line, value: T): T {
  line.want(")");
  return value;
}
