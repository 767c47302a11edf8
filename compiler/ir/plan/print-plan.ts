/**
 * The printed form of a plan: pseudo-code, the calls first, then each kernel once. Equal plans print alike, and
 * `read-plan.ts` makes the plan of it again.
 */
import { checkText, parameterText } from "../graph/print-graph.ts";
import { FreshNames } from "../text/identifiers.ts";
import {
  operandsOf,
  planTypeText,
  rootsOf,
  type Buffer,
  type Call,
  type CallLoop,
  type Expression,
  type Expressions,
  type Kernel,
  type KernelBuffer,
  type Plan,
  type PlanPort,
  type PlanType,
  type Slot,
  type Statement,
} from "./plan.ts";
import { directiveText } from "./directive.ts";
import { isFloat, isNarrow, type Dtype } from "../dtype.ts";
import { mapDtype, maps, reductions, type MapName } from "../graph/primitives.ts";
import { type Size } from "../size/size.ts";
import { bracketedText, sizeText } from "../size/size-text.ts";
import { elements, portTypeText, type TensorType } from "../types.ts";
import { exactText, lineEndText, pathText, quotedText, wordText } from "../text/quoting.ts";

export function printPlan(plan: Plan): string {
  const names = kernelNames(plan);
  const buffers = new BufferTexts(plan);
  const lines = [`plan ${lineEndText(plan.name)}`];
  if (plan.target !== "js")
    lines.push(`target ${plan.target}${plan.relaxed ? ", relaxed" : ""}${plan.threads ? ", threads" : ""}`);
  const port = (port: PlanPort): string => `${wordText(port.name)}: ${portTypeText(port)}`;
  for (const input of plan.inputs) lines.push(`input ${port(input)}`);
  for (const output of plan.outputs) lines.push(`output ${port(output)}`);
  lines.push(...plan.parameters.map(parameterText), ...plan.checks.map(checkText));
  for (const half of ["prepare", "run"] as const) {
    if (plan[half].length === 0) continue;
    lines.push(`${half}:`);
    plan.slots[half].forEach((slot, i) => lines.push(`  slot ${i}: ${slotText(slot)}`));
    const loops = half === "run" ? plan.loops : [];
    plan[half].forEach((call, i) => {
      const around = loops.filter(({ from, to }) => from <= i && i < to);
      const indent = (depth: number): string => "  ".repeat(1 + depth);
      around.forEach((loop, depth) => loop.from === i && lines.push(indent(depth) + callLoopText(loop)));
      // As lowered, each group has one call, and they stand in their order.
      const group =
        call.group === i ? "" : ` of ${call.group === undefined ? "no group" : `group ${call.group}`}`;
      lines.push(indent(around.length) + callText(call, names.get(call.kernel)!, buffers) + group);
    });
  }
  for (const { path, from } of plan.updates) lines.push(`update ${pathText(path)} = ${buffers.text(from)}`);
  for (const [kernel, name] of names) {
    const text = new KernelText(kernel.buffers, kernel.pool);
    lines.push(
      "",
      ...scheduleLines(kernel),
      `kernel ${name}(${parametersText(kernel)})`,
      ...text.body(kernel.body),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** A text that is equal for kernels which one function can serve, whether their buffers hold float32 or float64. */
export function functionKey({ buffers, sizes, body }: Kernel): string {
  return [...buffers.map(({ name }) => name), ...sizes, ...new KernelText(buffers).body(body)].join("\n");
}

/** The names of kernels, in the order of their first calls. A second kernel of one name gets a number: `map#1`. */
export function kernelNames(plan: Plan): Map<Kernel, string> {
  const names = new Map<Kernel, string>();
  const fresh = new FreshNames();
  for (const { kernel } of [...plan.prepare, ...plan.run]) {
    if (!names.has(kernel)) names.set(kernel, fresh.fresh(wordText(kernel.name), "#"));
  }
  return names;
}

/** `f64[N], f64[12]`: a slot is as large as the largest of these. */
function slotText({ dtype, sizes }: Slot): string {
  return sizes.map((size) => `${dtype}[${sizeText(size)}]`).join(", ");
}

/** `for step0 = 0 to T`, or the same `backwards` */
function callLoopText({ step, count, reverse }: CallLoop): string {
  return `for ${step} = 0 to ${sizeText(count)}${reverse ? " backwards" : ""}`;
}

/** `Linear(input x, parameter weight, @y; N)`: what is written bears an `@`, what is written and read an `&`. */
function callText({ kernel, buffers, sizes }: Call, name: string, texts: BufferTexts): string {
  const operands = buffers.map((buffer, i) => marks[kernel.buffers[i]!.access] + texts.text(buffer));
  return `${name}(${listText(operands, sizes.map((size) => sizeText(size)))})`; // prettier-ignore
}

const marks: Readonly<Record<KernelBuffer["access"], string>> = { read: "", write: "@", both: "&" };

/** How calls name buffers. The size stands where a buffer is first named, unless a port or parameter has told it. */
class BufferTexts {
  readonly #names = new FreshNames();
  /** The names of temporaries, which are numbered where several have one name. */
  readonly #temporaries = new Map<Buffer, string>();
  /** The types that the text has told so far, by the buffer's name. */
  readonly #told = new Map<string, string>();

  constructor({ inputs, outputs, parameters }: Plan) {
    const tell = (storage: Buffer["storage"], name: string, { dtype, shape }: TensorType): void => {
      this.#told.set(bufferName(storage, name), `: ${dtype}[${sizeText(elements(shape))}]`);
    };
    for (const { name, type } of inputs) tell("input", name, type);
    for (const { name, type } of outputs) tell("output", name, type);
    for (const { path, type } of parameters) tell("parameter", path, type);
  }

  text(buffer: Buffer): string {
    const { name, dtype, size, storage, slot } = buffer;
    let text = this.#temporaries.get(buffer);
    if (text === undefined) {
      text = bufferName(storage, name);
      if (storage === "temporary" || storage === "scratch") {
        this.#temporaries.set(buffer, (text = this.#names.fresh(text, "#")));
      }
    }
    const type = `: ${dtype}[${sizeText(size)}]${slot === undefined ? "" : ` in slot ${slot}`}`;
    if (this.#told.get(text) === type) return text;
    this.#told.set(text, type);
    return text + type;
  }
}

/** `input x`, `parameter fc.weight`; a temporary's name stands alone. */
export function bufferName(storage: Buffer["storage"], name: string): string {
  if (storage === "temporary") return wordText(name);
  return `${storage} ${storage === "parameter" ? pathText(name) : wordText(name)}`;
}

function listText(buffers: readonly string[], sizes: readonly string[]): string {
  return buffers.join(", ") + (sizes.length > 0 ? `; ${sizes.join(", ")}` : "");
}

/** `schedule: jam i by 4, jam j by 4` */
function scheduleLines({ schedule }: Kernel): string[] {
  return schedule.length === 0 ? [] : [`schedule: ${schedule.map(directiveText).join(", ")}`];
}

function parametersText({ buffers, sizes }: Kernel): string {
  const texts = buffers.map(({ name, dtype, access }) => `${marks[access]}${name}: ${dtype}`);
  return listText(texts, sizes);
}

function indent(line: string): string {
  return `  ${line}`;
}

/** Writes the statements of a kernel; without a pool it leaves out the hints. */
class KernelText {
  readonly #loaded: ReadonlyMap<string, Dtype>;
  readonly #pool: Expressions | undefined;

  constructor(buffers: readonly KernelBuffer[], pool?: Expressions) {
    this.#loaded = loadedTypes(buffers);
    this.#pool = pool;
  }

  body(statements: readonly Statement[]): string[] {
    return statements.flatMap((statement) => this.#lines(statement)).map(indent);
  }

  #lines(statement: Statement): string[] {
    if (statement.kind === "loop") {
      const { index, from, to, step, body } = statement;
      const by = step === 1 ? "" : ` by ${step}`;
      return [`for ${index} = ${sizeText(from)} to ${sizeText(to)}${by}`, ...this.body(body)];
    }
    const shared = sharedParts(rootsOf(statement));
    const lines = [...shared].map(([e, name]) => `${name} = ${this.#whole(e, shared)}`);
    return [...lines, this.#simpleLine(statement, shared)];
  }

  #simpleLine(statement: Exclude<Statement, { kind: "loop" }>, shared: Shared): string {
    const print = (e: Expression): string => this.#text(e, shared);
    switch (statement.kind) {
      case "let": {
        const { name, value } = statement;
        // A hint that has become the name is told by it.
        const text = shared.has(value) ? print(value) : this.#whole(value, shared, name);
        return `let ${name} = ${text}`;
      }
      case "accumulator":
        return `accumulator ${statement.name}${unless("f64", statement.type)} = ${reductions[statement.reduce].identity}`;
      case "accumulate":
        return `${statement.name} ${statement.reduce === "sum" ? "+" : statement.reduce}= ${print(statement.value)}`;
      case "store": {
        const { buffer, at, stride, index, step, value, zeroWhere } = statement;
        const place = placeText(at, stride, index && print(index));
        return `${buffer}[${place}]${stepText(step)} = ${print(value)}${zeroWhere ? `, 0 where ${print(zeroWhere)}` : ""}`;
      }
      case "draw": {
        const { draw, numbers, buffer, count, from } = statement;
        const values = [...numbers.map(exactText), ...(from === undefined ? [] : [from])];
        return `draw ${draw}(${values.join(", ")}) to ${buffer}: ${sizeText(count)}`;
      }
      case "check":
        return `check 0 <= ${statement.name} < ${sizeText(statement.below)}: ${lineEndText(statement.message)}`;
    }
  }

  /** Fully bracketed; what is shared by its name. */
  #text(e: Expression, shared: Shared): string {
    return shared.get(e) ?? this.#whole(e, shared);
  }

  /** With its hint before it, `{mean} (sum / 10)`, unless that is the name which the line gives it. */
  #whole(e: Expression, shared: Shared, name?: string): string {
    const hint = this.#hint(e);
    const text = this.#bare(e, shared);
    if (hint === undefined || hint === name) return text;
    return `{${wordText(hint)}} ${isInfix(e) ? `(${text})` : text}`;
  }

  #hint(e: Expression): string | undefined {
    return isNamed(e) ? this.#pool?.hint(e) : undefined;
  }

  #bare(e: Expression, shared: Shared): string {
    const print = (operand: Expression): string => this.#text(operand, shared);
    const nested = (operand: Expression): string => {
      const isBare = isInfix(operand) && !shared.has(operand) && this.#hint(operand) === undefined;
      return isBare ? `(${print(operand)})` : print(operand);
    };
    switch (e.kind) {
      case "number": {
        const text = exactText(e.value);
        return planTypeText(e.type) === "f64" ? text : `${constantName(e.type)}(${text})`;
      }
      case "size":
        return `int(${sizeText(e.size)})`;
      case "local":
        return e.name;
      case "load":
        return `${e.buffer}[${placeText(e.at, e.stride, e.index && print(e.index))}]${stepText(e.step)}${unless(this.#loaded.get(e.buffer) ?? "f64", e.type)}`;
      case "map": {
        const isUsual = planTypeText(e.type) === usualType(e.map);
        const type = isUsual ? "" : `${planTypeText(e.type)}.`;
        const infix = INFIX[e.map];
        if (infix !== undefined) return e.operands.map(nested).join(` ${type}${infix} `);
        return `${type}${e.map}(${e.operands.map(print).join(", ")})`;
      }
      case "cast":
        return `${planTypeText(e.operand.type)}->${planTypeText(e.type)}(${print(e.operand)})`;
      case "guard": {
        const { at, below, operand, fallback } = e;
        return `guard(0 <= ${sizeText(at)} < ${sizeText(below)}, ${print(operand)}, ${exactText(fallback)})`;
      }
      case "checked":
        return `checked(0 <= ${nested(e.operand)} < ${sizeText(e.below)}, ${quotedText(e.message)})`;
      case "across":
        return `across.${e.reduce}(${print(e.operand)})`;
    }
  }
}

/** The dtype as which the elements of each buffer are loaded where nothing else is said: floats become float64. */
export function loadedTypes(buffers: readonly KernelBuffer[]): Map<string, Dtype> {
  const loaded = (dtype: Dtype): Dtype => (isFloat(dtype) ? "f64" : isNarrow(dtype) ? "i32" : dtype);
  return new Map(buffers.map(({ name, dtype }) => [name, loaded(dtype)]));
}

/** The dtype that a map makes where nothing else is said. */
export function usualType(map: MapName): Dtype {
  const { of, result } = maps[map];
  return result === "bool" || of !== undefined ? mapDtype(map, of ?? "f64") : "f64";
}

/** The text of a type, unless it is the usual one, which is not printed. */
function unless(usual: Dtype, type: PlanType): string {
  const text = planTypeText(type);
  return text === usual ? "" : `: ${text}`;
}

/** `int(2)`, `bool(1)`; a float64 stands alone. */
function constantName(type: PlanType): string {
  return type.dtype === "i32" && type.lanes === 1 ? "int" : planTypeText(type);
}

type Shared = ReadonlyMap<Expression, string>;

/** Whether `hoist` may make it a local, which its hint then names. */
function isNamed({ kind }: Expression): boolean {
  return kind !== "number" && kind !== "size" && kind !== "local";
}

function isInfix(e: Expression): boolean {
  return e.kind === "map" && INFIX[e.map] !== undefined;
}

/**
 * Names for what a statement uses more than once, operands first. Until `hoist` names them in the plan, an
 * expression that uses its parts twice would print in exponential length.
 */
function sharedParts(roots: readonly Expression[]): Map<Expression, string> {
  const uses = new Map<Expression, number>();
  const visit = (e: Expression): void => {
    const before = uses.get(e) ?? 0;
    // It is entered after its operands, and so named after them.
    if (before === 0) operandsOf(e).forEach(visit);
    uses.set(e, before + 1);
  };
  roots.forEach(visit);
  const names = new Map<Expression, string>();
  for (const [e, times] of uses) {
    const isShort = !isNamed(e) || (e.kind === "load" && !e.index);
    if (times > 1 && !isShort) names.set(e, `%${names.size}`);
  }
  return names;
}

export const INFIX: Partial<Record<MapName, string>> = {
  add: "+", sub: "-", mul: "*", div: "/", mod: "%", pow: "**", lt: "<", le: "<=", eq: "==",
}; // prettier-ignore

/** The distance of lanes in memory, unless they are neighbours. */
function stepText(step: Size | undefined): string {
  return step === undefined ? "" : ` by ${sizeText(step)}`;
}

/** `4 * i + j`, then `+ 4 * [index]` where data say how many rows further it is. */
function placeText(at: Size, stride: Size | undefined, index: string | undefined): string {
  if (index === undefined) return sizeText(at);
  const scaled =
    stride === undefined || stride === 1 ? `[${index}]` : `${bracketedText(stride)} * [${index}]`;
  return at === 0 ? scaled : `${sizeText(at)} + ${scaled}`;
}
