/** Reads what `print-plan.ts` prints: the ports, parameters and calls of a plan, then its kernels. */
import type { Parameter, SizeCheck } from "../graph/graph.ts";
import { targetNames } from "./plan.ts";
import { directiveWords, hasLoopAlone, type Directive } from "./directive.ts";
import type { Buffer, Call, CallLoop, Kernel, Plan, PlanPort, Slot, TargetName } from "./plan.ts";
import { bufferName } from "./print-plan.ts";
import { readCheck, readParameter } from "../graph/read-graph.ts";
import { readAccess, readKernel } from "./read-kernel.ts";
import { IrError, linesOf, type Line } from "../text/scan.ts";
import { asSymbol, type Size } from "../size/size.ts";
import { elements, sameShape, type TensorType } from "../types.ts";

type Half = "prepare" | "run";

/**
 * The plan that prints as this text. Throws IrError where the text is no plan; whether a plan keeps the rules of its
 * form is for `verifyPlan` to say.
 */
export function readPlan(text: string): Plan {
  const lines = linesOf(text);
  const [first, ...others] = lines;
  if (!first) throw new IrError("line 1: there is no plan");
  first.want("plan");
  const name = first.rest();
  const heads = others.filter((line) => line.indent === 0 && line.take("kernel"));
  /** Where each kernel begins: with its schedule, if it has one. */
  const starts = heads.map((head) => {
    const at = others.indexOf(head);
    return others[at - 1]?.indent === 0 && others[at - 1]?.sees("schedule:") ? at - 1 : at;
  });
  const kernels = new Map(
    heads.map((head, i) => {
      const body = others.slice(others.indexOf(head) + 1, starts[i + 1]);
      return readNamedKernel(head, body, readSchedule(others[starts[i]!]!));
    }),
  );
  if (kernels.size < heads.length) first.wrong("two kernels have one name");
  const reading = new PlanReading(kernels);
  for (const line of others.slice(0, starts[0])) {
    reading.line(line);
    line.end();
  }
  return reading.plan(name);
}

/** With the name that calls have for it: `Linear#1` is another kernel whose name is `Linear`. */
function readNamedKernel(
  head: Line,
  body: readonly Line[],
  schedule: readonly Directive[],
): [string, Kernel] {
  const [key, name] = kernelName(head);
  return [key, { ...readKernel(name, head, body), schedule }];
}

/** `schedule: jam i by 4, jam j by 4`; none where the line is another. */
function readSchedule(line: Line): Directive[] {
  if (!line.take("schedule:")) return [];
  const directives = line.list(() => readDirective(line));
  line.end();
  return directives;
}

/** `jam i by 4`, `reorder i`, `pack weight in j`, `pack x before j` */
export function readDirective(line: Line): Directive {
  const what = line.key(directiveWords, "a directive");
  if (what === "pack") {
    const buffer = line.local("a buffer");
    const where = line.take("before") ? "before" : "in";
    if (where === "in") line.want("in");
    return { do: what, buffer, where, loop: readLoopName(line) };
  }
  const loop = readLoopName(line);
  if (hasLoopAlone(what)) return { do: what, loop };
  line.want("by");
  const by = line.integer();
  if (by < 2) line.wrong("fewer than 2 rounds are not side by side");
  return { do: what, loop, by };
}

function readLoopName(line: Line): string {
  return line.match(/[\w$]+(?:#\d+)?(?:\.[\w$]+(?:#\d+)?)*/y) ?? line.fail("a loop");
}

function kernelName(line: Line): [key: string, name: string] {
  const name = line.word("a kernel's name");
  return [name + (line.match(/#\d+/y) ?? ""), name];
}

/** What follows `of`: `group 2`, or `no group`. */
function readGroup(line: Line): { readonly group?: number } {
  if (line.match(/no group/y)) return {};
  line.want("group");
  return { group: line.integer() };
}

class PlanReading {
  readonly #kernels: ReadonlyMap<string, Kernel>;
  readonly #inputs: PlanPort[] = [];
  readonly #outputs: PlanPort[] = [];
  readonly #parameters: Parameter[] = [];
  readonly #checks: SizeCheck[] = [];
  readonly #updates: { path: string; from: Buffer }[] = [];
  readonly #calls = { prepare: [] as Call[], run: [] as Call[] };
  readonly #loops: CallLoop[] = [];
  /** The loops to which the next call may belong, by their places, with how far their lines are indented. */
  readonly #open: { readonly at: number; readonly indent: number }[] = [];
  readonly #slots = { prepare: [] as Slot[], run: [] as Slot[] };
  readonly #buffers = new Map<string, Buffer>();
  /** Buffers whose type a port or parameter tells. */
  readonly #told = new Map<string, Pick<Buffer, "dtype" | "size">>();
  #half: Half | undefined;
  #target: TargetName = "js";
  #relaxed = false;
  #threads = false;

  constructor(kernels: ReadonlyMap<string, Kernel>) {
    this.#kernels = kernels;
  }

  plan(name: string): Plan {
    this.#closeLoops(0);
    return {
      name,
      target: this.#target,
      ...(this.#relaxed && { relaxed: true }),
      ...(this.#threads && { threads: true }),
      inputs: this.#inputs,
      outputs: this.#outputs,
      parameters: this.#parameters,
      checks: this.#checks,
      prepare: this.#calls.prepare,
      run: this.#calls.run,
      loops: this.#loops,
      slots: this.#slots,
      updates: this.#updates,
    };
  }

  line(line: Line): void {
    if (line.indent > 0) return this.#inHalf(line);
    this.#half = undefined;
    if (line.take("target")) {
      this.#target = line.key(targetNames, "a target");
      while (line.take(",")) {
        if (line.take("threads")) this.#threads = true;
        else {
          line.want("relaxed");
          this.#relaxed = true;
        }
      }
    } else if (line.take("input")) this.#inputs.push(this.#port(line, "input"));
    else if (line.take("output")) this.#outputs.push(this.#port(line, "output"));
    else if (line.take("param")) this.#parameter(readParameter(line, "param"));
    else if (line.take("buffer")) this.#parameter(readParameter(line, "buffer"));
    else if (line.take("check")) this.#checks.push(readCheck(line));
    else if (line.take("update")) {
      const path = line.path();
      line.want("=");
      this.#updates.push({ path, from: this.#buffer(line) });
    } else {
      this.#half = (["prepare", "run"] as const).find((half) => line.take(half));
      if (this.#half === undefined) line.fail("a declaration, `prepare:`, `run:` or a kernel");
      line.want(":");
    }
  }

  #port(line: Line, storage: "input" | "output"): PlanPort {
    const name = line.word();
    line.want(":");
    const type = line.type(true);
    this.#tell(bufferName(storage, name), type);
    if (!line.take("or")) return { name, type };
    // `f32[N, 10] or f32[10]`
    const single = line.type(true);
    const batch = type.shape.length === 0 ? undefined : asSymbol(elements(type.shape.slice(0, 1)));
    const fits = single.dtype === type.dtype && sameShape(single.shape, type.shape.slice(1));
    if (batch === undefined || !fits) line.wrong("what may be left out is the first size, which is a name");
    return { name, type, batch };
  }

  #parameter(parameter: Parameter): void {
    this.#parameters.push(parameter);
    this.#tell(bufferName("parameter", parameter.path), parameter.type);
  }

  #tell(name: string, { dtype, shape }: TensorType): void {
    this.#told.set(name, { dtype, size: elements(shape) });
  }

  #inHalf(line: Line): void {
    const half = this.#half ?? line.wrong("a call stands below `prepare:` or `run:`");
    this.#closeLoops(line.indent);
    if (line.take("for")) return this.#loop(line, half);
    if (line.take("slot")) this.#slots[half].push(this.#slot(line, this.#slots[half].length));
    else this.#calls[half].push(this.#call(line, this.#calls[half].length));
  }

  /** `for step0 = 0 to T backwards` */
  #loop(line: Line, half: Half): void {
    if (half !== "run") line.wrong("`prepare` has no loops");
    const step = line.word("the number of a step");
    line.want("=");
    line.want("0");
    line.want("to");
    const count = line.size();
    const from = this.#calls.run.length;
    const at = this.#loops.push({ step, count, reverse: line.take("backwards"), from, to: from }) - 1;
    this.#open.push({ at, indent: line.indent });
  }

  /** Ends the loops whose lines are indented as far as this, or further. */
  #closeLoops(indent: number): void {
    for (let last = this.#open.at(-1); last && last.indent >= indent; last = this.#open.at(-1)) {
      this.#loops[last.at] = { ...this.#loops[last.at]!, to: this.#calls.run.length };
      this.#open.pop();
    }
  }

  #slot(line: Line, number: number): Slot {
    if (line.integer() !== number) line.wrong(`this is slot ${number}`);
    line.want(":");
    const types = line.list(() => this.#type(line));
    const { dtype } = types[0]!;
    if (types.some((type) => type.dtype !== dtype)) line.wrong("a slot has one dtype");
    return { dtype, sizes: types.map(({ size }) => size) };
  }

  #call(line: Line, position: number): Call {
    const [key] = kernelName(line);
    const kernel = this.#kernels.get(key) ?? line.wrong(`there is no kernel ${key}`);
    line.want("(");
    const buffers: Buffer[] = [];
    const sizes: Size[] = [];
    while (!line.take(")")) {
      if (line.take(";")) {
        sizes.push(...line.list(() => line.size()));
        line.want(")");
        break;
      }
      if (buffers.length > 0) line.want(",");
      const access = readAccess(line);
      const wanted = kernel.buffers[buffers.length]?.access;
      if (access !== wanted) line.wrong(`${key} has another access to buffer ${buffers.length}`);
      buffers.push(this.#buffer(line));
    }
    return { kernel, buffers, sizes, ...(line.take("of") ? readGroup(line) : { group: position }) };
  }

  /** `input x`, `prepared p: f64[12]`, `map#1: f64[N] in slot 0`: the type where the buffer is first named. */
  #buffer(line: Line): Buffer {
    const storage = (["input", "output", "parameter", "prepared", "scratch"] as const).find((one) =>
      line.take(one),
    );
    const name = storage === "parameter" ? line.path() : line.word("a buffer");
    const isTemporary = storage === undefined || storage === "scratch";
    const key = bufferName(storage ?? "temporary", name) + ((isTemporary && line.match(/#\d+/y)) || "");
    const known = this.#buffers.get(key);
    if (!line.take(":")) {
      if (known) return known;
      const told = this.#told.get(key) ?? line.wrong(`nothing says how large ${key} is`);
      return this.#enter(key, { name, ...told, storage: storage ?? "temporary" });
    }
    const { dtype, size } = this.#type(line);
    const base = { name, dtype, size, storage: storage ?? ("temporary" as const) };
    const slot = line.take("in") ? this.#slotNumber(line) : undefined;
    return this.#enter(key, slot === undefined ? base : { ...base, slot });
  }

  #enter(key: string, buffer: Buffer): Buffer {
    this.#buffers.set(key, buffer);
    return buffer;
  }

  #slotNumber(line: Line): number {
    line.want("slot");
    return line.integer();
  }

  /** `f64[4 * N]` */
  #type(line: Line): Pick<Buffer, "dtype" | "size"> {
    const { dtype, shape } = line.type();
    if (shape.length !== 1) line.wrong("memory has one size");
    return { dtype, size: shape[0] as Size };
  }
}
