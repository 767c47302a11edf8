/** The text of `create`, which makes a model: its memory, the checks of a call, and the calls of its kernels. */
import type { Dtype } from "../../ir/dtype.ts";
import type { Buffer, Call, Kernel, Plan, PlanPort } from "../../ir/plan/plan.ts";
import { precedence, bracketed } from "../../ir/graph/primitives.ts";
import type { Size } from "../../ir/size/size.ts";
import { elements, extents, isRun } from "../../ir/types.ts";
import {
  arrayType,
  batchesOf,
  bindName,
  boundSymbols,
  earlierRun,
  inBindingOrder,
  leadText,
  printBinding,
  shapeText,
  unbatchedName,
} from "./bind-sizes.ts";
import { propertyKey, quoted } from "../js/print-kernel.ts";
import type { NamedKernel } from "../js/kernel-functions.ts";
import type { VariableNames } from "./variable-names.ts";
import { Printer } from "../js/code-printer.ts";
import { sizeName, SizeVariables } from "./size-variables.ts";

/** The text around `create`. */
export interface ModuleParts {
  /** The prefix of exported definitions. */
  readonly exporting: string;
  /** Whether the weights are inside the module. */
  readonly inside: boolean;
  /** Set where the text is the body of a function, with the name of its clock if it has one. */
  readonly closure?: { readonly clock: string | undefined };
  readonly kernels: ReadonlyMap<Kernel, NamedKernel>;
  readonly names: VariableNames;
}

/**
 * The most calls in one function. V8 stops optimizing functions of some 60 KB of bytecode; a call takes some 60 bytes.
 */
const LINES_PER_FUNCTION = 200;

/**
 * The most outputs whose memory is compared with each input's one by one. More are searched in a list, so that the text
 * does not grow with inputs times outputs.
 */
const MAX_COMPARED_OUTPUTS = 8;

/** A slot counts as too large if a quarter of it exceeds what a call needs by more elements than this. */
const MAX_SPARE_ELEMENTS = 16384;

export function printCreate(plan: Plan, out: Printer, surroundings: ModuleParts): void {
  new CreatePrinter(plan, out, surroundings).print();
}

class CreatePrinter {
  readonly #plan: Plan;
  readonly #out: Printer;
  readonly #surroundings: ModuleParts;
  readonly #names: VariableNames;
  readonly #sizes = new SizeVariables();
  /** The inputs in the order in which a call binds them. */
  readonly #ordered: readonly PlanPort[];

  constructor(plan: Plan, out: Printer, surroundings: ModuleParts) {
    this.#plan = plan;
    this.#out = out;
    this.#surroundings = surroundings;
    this.#names = surroundings.names;
    this.#ordered = inBindingOrder(plan.inputs);
  }

  print(): void {
    const out = this.#out;
    const { parameters, slots, inputs, outputs } = this.#plan;
    const { closure, exporting, inside } = this.#surroundings;
    const outside = parameters.length > 0 && !closure && !inside;
    const given = outside ? "options" : `{ weights${inside ? " = inside()" : ""} } = {}`;
    out.open(`${exporting}function create(${given}) {`);
    const loaded = closure ? "weights" : `stateOf(${outside ? "options" : "weights"})`;
    out.line(`const state = ${parameters.length > 0 ? loaded : "{}"};`);
    if (parameters.length > 0)
      out.line("const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));");
    for (const line of [...this.#names.parameterLines(), ...this.#names.preparedLines()]) out.line(line);
    slots.run.forEach((slot, i) => out.line(`let slot${i} = ${emptyOf(slot)};`));
    if (inputs.length > 0) out.line(`let ${inputs.map((_, i) => `spare${i}`).join(", ")};`);
    for (const list of this.#outputLists()) out.line(`const ${list} = [];`);
    if (this.#grows()) out.line("let idle = 0;");
    const symbols = [...boundSymbols(inputs).map(sizeName), ...batchesOf(inputs).map(unbatchedName)];
    if (symbols.length > 0) out.line(`let ${symbols.map((name) => `${name} = 0`).join(", ")};`);
    // These lines are made first, because they give names to sizes. The lines that compute the names, and the functions
    // that bind inputs, are printed before them.
    const lines = [...this.#runLines(), ...this.#updateLines()];
    const fitting = this.#fitLines();
    for (const { type } of outputs)
      [...extents(type.shape), elements(type.shape)].forEach((size) => this.#sizes.text(size));
    const binding = new Printer();
    printBinding(binding, inputs, this.#sizes);
    if (this.#sizes.any) out.line("const sizes = [];");
    this.#prepareFunction();
    this.#disposeFunction();
    if (inputs.length > 0) out.lines(binding.text());
    this.#fitFunction([...this.#sizes.take(), ...fitting]);
    this.#computeFunction(this.#inPieces("step", this.#portNames(), lines));
    this.#runFunction();
    this.#modelFunction();
    const refresh = this.#plan.prepare.length > 0 ? "refresh: prepare" : "refresh() {}";
    if (this.#plan.prepare.length > 0) out.line("prepare();");
    if (this.#sizes.open().length > 0) throw new Error("a size is used that nothing computes");
    out.open("return Object.assign(model, {");
    out.line("inputs, outputs, parameters: state,");
    if (this.#surroundings.closure) out.line('input: own(inputs, "input"), output: own(outputs, "output"),');
    else {
      out.line("input: (name, shape) => fresh(portOf(inputs, name), shape),");
      out.line("output: (name, shape) => fresh(portOf(outputs, name), shape),");
    }
    out.line(`run, ${refresh}, dispose,`).close("});");
    out.close("}");
  }

  #prepareFunction(): void {
    const { prepare, slots } = this.#plan;
    if (prepare.length === 0) return;
    const own = slots.prepare.map((_, i) => `slot${i}`);
    const lines = this.#inPieces(
      "prepare",
      own,
      prepare.map((call) => this.#callText(call)),
    );
    this.#out.open("function prepare() {");
    slots.prepare.forEach((slot, i) =>
      this.#out.line(`const slot${i} = new ${arrayType(slot.dtype)}(${this.#largest(slot.sizes)});`),
    );
    for (const line of lines) this.#out.line(line);
    this.#out.close("}");
  }

  /** Prints the function that releases the memory of calls; the next call allocates it again. */
  #disposeFunction(): void {
    const { slots, inputs } = this.#plan;
    this.#out.open("function dispose() {");
    slots.run.forEach((slot, i) => this.#out.line(`slot${i} = ${emptyOf(slot)};`));
    if (inputs.length > 0) this.#out.line(`${inputs.map((_, i) => `spare${i} = `).join("")}undefined;`);
    for (const list of this.#outputLists()) this.#out.line(`${list}.length = 0;`);
    this.#out.close("}");
  }

  /** The names of the lists that hold the outputs of the last run. */
  #outputLists(): string[] {
    const { length } = this.#plan.outputs;
    return [...(length > 1 ? ["written"] : []), ...(length > MAX_COMPARED_OUTPUTS ? ["memory"] : [])];
  }

  /** Whether some calls need larger slots than others. */
  #grows(): boolean {
    return this.#plan.slots.run.some(({ sizes }) => sizes.some((size) => typeof size !== "number"));
  }

  /** The test that some slot is too large: more than four times what this call needs, and `MAX_SPARE_ELEMENTS`. */
  #isTooLarge(): string {
    const tests = new Map<string, string>();
    this.#plan.slots.run.forEach(({ sizes }, i) => {
      if (sizes.every((size) => typeof size === "number")) return;
      const size = this.#largest(sizes);
      if (!tests.has(size)) tests.set(size, `slot${i}.length / 4 - ${MAX_SPARE_ELEMENTS} > ${size}`);
    });
    return [...tests.values()].join(" || ");
  }

  /** The lines that make slots large enough for this call, and check relations that could not be proven. */
  #fitLines(): string[] {
    const { slots, checks } = this.#plan;
    const lines = checks.map(({ left, right, relation, message }) => {
      const refused = { "==": "!==", "!=": "===", "<=": ">", ">=": "<" }[relation];
      const [a, b] = [left, right].map((size) => bracketed(this.#sizes.text(size), precedence.compare + 1));
      return `if (${a} ${refused} ${b}) throw new RangeError(${quoted(message)});`;
    });
    // A hundred calls in a row that need much less memory make the model release the memory of an earlier large one.
    if (this.#grows())
      lines.push(`idle = ${this.#isTooLarge()} ? idle + 1 : 0;`, "if (idle > 99) dispose();");
    slots.run.forEach((slot, i) => {
      const size = this.#largest(slot.sizes);
      lines.push(`if (slot${i}.length < ${size}) slot${i} = new ${arrayType(slot.dtype)}(${size});`);
    });
    return lines;
  }

  #fitFunction(lines: readonly string[]): void {
    if (!this.#fits()) return;
    const pieces = this.#inPieces("fit", [], lines);
    this.#out.open("function fit() {");
    for (const line of pieces) this.#out.line(line);
    this.#out.close("}");
  }

  #fits(): boolean {
    const { slots, checks } = this.#plan;
    return slots.run.length > 0 || checks.length > 0 || this.#sizes.any;
  }

  #largest(sizes: readonly Size[]): string {
    const texts = sizes.map((size) => this.#sizes.text(size).text);
    return texts.length === 1 ? texts[0]! : `Math.max(${texts.join(", ")})`;
  }

  /**
   * Returns the lines, or, where they are too many for one function, prints functions of them and returns calls of
   * these.
   */
  #inPieces(name: string, parameters: readonly string[], lines: readonly string[]): readonly string[] {
    if (lines.length <= LINES_PER_FUNCTION) return lines;
    const calls: string[] = [];
    for (let i = 0; i < lines.length; i += LINES_PER_FUNCTION) {
      const head = `${name}${calls.length}(${parameters.join(", ")})`;
      this.#out.open(`function ${head} {`);
      for (const line of lines.slice(i, i + LINES_PER_FUNCTION)) this.#out.line(line);
      this.#out.close("}");
      calls.push(`${head};`);
    }
    return calls;
  }

  #runLines(): string[] {
    const { run, inputs } = this.#plan;
    const calls = run.map((call) => this.#callText(call));
    const clock = this.#surroundings.closure?.clock;
    if (clock === undefined) return calls;
    const sizes = boundSymbols(inputs).map(sizeName).join(", ");
    // Each kernel is one line, so that a long run is split at the same kernels as without a clock.
    return [
      `${clock}.start([${sizes}]);`,
      ...calls.map(
        (call, i) => `for (let n = ${clock}.calls(${i}); n > 0; n--) ${call} ${clock}.stop(${i});`,
      ),
    ];
  }

  /** The last lines of a run, which copy the new values of buffers into the state. */
  #updateLines(): string[] {
    return this.#plan.updates.map(({ path, from }) => {
      const [target, source] = [this.#names.parameter(path), this.#bufferText(from)];
      if (from.size === 1) return `${target}[0] = ${source}[0];`;
      // The loop is needed because a slot may be larger than the value in it, and a subarray would be an allocation.
      return `for (let i = 0; i < ${target}.length; i++) ${target}[i] = ${source}[i];`;
    });
  }

  #portNames(): string[] {
    return [
      ...this.#plan.inputs.map((port) => this.#names.port("in", port)),
      ...this.#plan.outputs.map((port) => this.#names.port("out", port)),
    ];
  }

  #modelFunction(): void {
    const out = this.#out;
    const { inputs, outputs } = this.#plan;
    const record = (side: "in" | "out", ports: readonly PlanPort[]): string => {
      const fields = ports.map((port) => [propertyKey(port.name), this.#names.port(side, port)] as const);
      return `{ ${fields.map(([key, name]) => (key === name ? name : `${key}: ${name}`)).join(", ")} }`;
    };
    const names = inputs.map((port) => this.#names.port("in", port));
    out.open(`function model(${names.join(", ")}) {`);
    if (inputs.length > 1) {
      const list = inputs.map((port) => port.name).join(", ");
      out.line(
        `if (arguments.length > ${inputs.length}) throw new TypeError(${quoted(`there are ${inputs.length} inputs: ${list}`)});`,
      );
    }
    if (inputs.length > 0)
      out.line(
        `if (${isRecord(names[0]!, inputs)}) ${inputs.length === 1 ? `${names[0]} = ${property(`named(inputs, ${names[0]})`, inputs[0]!.name)}` : `(${record("in", inputs)} = named(inputs, ${names[0]}))`};`,
      );
    names.forEach((name, i) => out.line(`${name} = tensor(inputs[${i}], ${name});`));
    this.#bindCalls((port) => ["", this.#names.port("in", port)]);
    const lead = outputs.some((port) => port.type.shape.some(isRun))
      ? leadText(inputs, (port) => `${this.#names.port("in", port)}.shape`, this.#sizes)
      : undefined;
    if (lead) out.line(`const lead = ${lead.text};`);
    for (const port of outputs) {
      const at = outputs.indexOf(port);
      out.line(
        `const ${this.#names.port("out", port)} = fresh(outputs[${at}], ${shapeText(port, this.#sizes)});`,
      );
    }
    const data = [
      ...names.map((name) => `${name}.data ?? ${name}`),
      ...outputs.map((port) => `${this.#names.port("out", port)}.data`),
    ];
    out.line(`compute(${data.join(", ")});`);
    out.line(
      `return ${outputs.length === 1 ? this.#names.port("out", outputs[0]!) : record("out", outputs)};`,
    );
    out.close("}");
  }

  /** Prints a call of each `bind` function. `texts` gives the text before the call, and the value that is passed. */
  #bindCalls(texts: (port: PlanPort) => readonly [to: string, value: string]): void {
    for (const port of this.#ordered) {
      const earlier = earlierRun(this.#ordered, port);
      const [to, value] = texts(port);
      const run = earlier ? `, ${texts(earlier)[1]}.shape` : "";
      this.#out.line(`${to}${bindName(port.name)}(${value}${run});`);
    }
    if (this.#fits()) this.#out.line("fit();");
  }

  /** Prints `compute`, whose arguments are checked already. */
  #computeFunction(steps: readonly string[]): void {
    const out = this.#out;
    out.open(`function compute(${this.#portNames().join(", ")}) {`);
    this.#plan.inputs.forEach((port, i) => {
      if (port.type.dtype !== "bool") return;
      // In a bool input any number but 0 is true, but kernels need 1.
      const name = this.#names.port("in", port);
      out.open(`if (${name}.some((x) => x > 1)) {`).line(makeSpare(i, port, name));
      out.line(`for (let i = 0; i < ${name}.length; i++) spare${i}[i] = ${name}[i] && 1;`);
      out.line(`${name} = spare${i};`).close("}");
    });
    for (const step of steps) out.line(step);
    out.close("}");
  }

  #runFunction(): void {
    const out = this.#out;
    const { inputs, outputs } = this.#plan;
    const many = outputs.length > MAX_COMPARED_OUTPUTS;
    const several = outputs.length > 1;
    out.open("function run(ins, outs) {");
    // The first access to each record also checks that it has no other names.
    const first = inputs.length > 0 ? this.#ordered[0] : undefined;
    this.#bindCalls((port) => [
      `let ${this.#names.port("in", port)} = `,
      property(port === first ? "named(inputs, ins)?" : "ins?", port.name),
    ]);
    const hasParameters = this.#plan.parameters.length > 0;
    outputs.forEach((port, i) => {
      const name = this.#names.port("out", port);
      out.line(
        `const ${name} = dataOf(outputs[${i}], ${property(i === 0 ? "named(outputs, outs)?" : "outs?", port.name)});`,
      );
      const size = bracketed(this.#sizes.text(elements(port.type.shape)), precedence.equal + 1);
      out.line(`if (${name}.length !== ${size}) refuse(outputs[${i}], null, ${name});`);
      if (hasParameters) out.line(`if (owned.has(${name}.buffer)) unfit(${quoted(`lie in ${port.name}`)});`);
      if (several) out.line(`written[${i}] = ${name};`);
      if (many) out.line(`memory[${i}] = ${name}.buffer;`);
    });
    if (several) out.line("apart(written);");
    inputs.forEach((port, i) => {
      const name = this.#names.port("in", port);
      const isOf = (output: PlanPort): string =>
        `${name}.buffer === ${this.#names.port("out", output)}.buffer`;
      const isWritten = many ? `memory.includes(${name}.buffer)` : outputs.map(isOf).join(" || ");
      // Such an input is read from a copy, whose memory is kept for the next call. Two shared buffers may be one
      // memory.
      out
        .open(`if (${isWritten} || ${name}.buffer[Symbol.toStringTag] !== "ArrayBuffer") {`)
        .line(makeSpare(i, port, name));
      out.line(`spare${i}.set(${name});`).line(`${name} = spare${i};`).close("}");
    });
    out.line(`compute(${this.#portNames().join(", ")});`);
    out.close("}");
  }

  #callText({ kernel, buffers, sizes }: Call): string {
    const { name, js } = this.#surroundings.kernels.get(kernel)!;
    const bits = js.bits.map((masked) => {
      const at = kernel.buffers.findIndex((buffer) => buffer.name === masked);
      return `bits(${this.#bufferText(buffers[at]!)})`;
    });
    const parts = [
      ...buffers.map((buffer) => this.#bufferText(buffer)),
      ...sizes.map((size) => this.#sizes.text(size).text),
      ...bits,
    ];
    return `${name}(${parts.join(", ")});`;
  }

  #bufferText(buffer: Buffer): string {
    switch (buffer.storage) {
      case "input":
        return this.#names.port("in", buffer);
      case "output":
        return this.#names.port("out", buffer);
      case "parameter":
        return this.#names.parameter(buffer.name);
      case "prepared":
        return this.#names.prepared(buffer);
      case "temporary":
      case "scratch":
        return `slot${buffer.slot}`;
    }
  }
}

/**
 * The test that an argument is a record of inputs by name and not a tensor: it is no array, and it has no `data`,
 * unless all its keys are names of inputs and `data` is one of them.
 */
function isRecord(name: string, inputs: readonly PlanPort[]): string {
  const keys = inputs.some((port) => port.name === "data")
    ? ` || Object.keys(${name}).every((key) => inputs.some((port) => port.name === key))`
    : "";
  const test = `!("data" in ${name})${keys}`;
  return `({}).toString.call(${name}) === "[object Object]" && ${keys === "" ? test : `(${test})`}`;
}

function emptyOf({ dtype }: { readonly dtype: Dtype }): string {
  return `new ${arrayType(dtype)}(0)`;
}

/** The text that makes memory for a copy of an input. */
function makeSpare(i: number, { type: { dtype } }: PlanPort, name: string): string {
  return `if (spare${i}?.length !== ${name}.length) spare${i} = new ${arrayType(dtype)}(${name}.length);`;
}

/** The text of a property of `object?`, which may be missing: `ins?.x`, `ins?.["__proto__"]`. */
function property(object: string, name: string): string {
  if (propertyKey(name) === name) return `${object}.${name}`;
  return `${object}${object.endsWith("?") ? "." : ""}[${quoted(name)}]`;
}
