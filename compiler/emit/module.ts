/**
 * A plan as JavaScript: the text of `create`, which is a module with exports or the body of a closure. The
 * two differ in how weights come in and in nothing else, so they compute the same bits.
 */
import { isCounter, type Parameter } from "../ir/graph.ts";
import type { Buffer, Call, Kernel, Plan, PlanPort } from "../ir/plan.ts";
import { precedence, within } from "../ir/primitives.ts";
import { type Size } from "../ir/size.ts";
import { dimText, elements, extents, isRun } from "../ir/types.ts";
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
} from "./bind.ts";
import { identifier } from "../ir/names.ts";
import { sha256 } from "../ir/sha256.ts";
import { helperNames, helperTexts } from "./helpers.ts";
import { printKernel, propertyKey, quoted, type JsKernel } from "./js.ts";
import { inside } from "./loading.ts";
import { arrays, type Needs } from "./needs.ts";
import { Names, isReserved } from "./names.ts";
import { Printer } from "./printer.ts";
import { sizeName, Sizes } from "./sizes.ts";
import * as support from "./support.ts";

export interface ModuleOptions {
  /** Lines of the header comment. */
  readonly header: readonly string[];
  /** Base64 of the values of all parameters, one after the other, for weights inside. */
  readonly weights?: string;
  /** "given": its numbers come with the weights, which are outside. */
  readonly selfTest?: support.SelfTest | "given";
}

export interface ModuleText {
  readonly code: string;
  /**
   * Tells this module from those of other compiles, whatever the values of the weights: 16 hexadecimal digits of the
   * SHA-256 of its text. `create` refuses weights that name another one. Absent where the weights are inside.
   */
  readonly id?: string;
}

/** The text of an ES module. */
export function moduleText(plan: Plan, options: ModuleOptions): ModuleText {
  const printer = new Printer();
  new ModulePrinter(plan, printer, "export ", options.weights !== undefined).print();
  if (options.weights !== undefined)
    printer.line("").lines(
      inside(options.weights, {
        dtypes: dtypesOf(plan),
        parameterDtypes: plan.parameters.map(({ type }) => type.dtype),
      }),
    );
  const external = plan.parameters.length > 0 && options.weights === undefined;
  if (options.selfTest) {
    const dtypes = plan.inputs.map((port) => port.type.dtype);
    const ports = {
      inputs: plan.inputs.map(({ name }) => name),
      outputs: plan.outputs.map(({ name }) => name),
      external,
      dtypes: dtypesOf(plan),
      floats: dtypes.includes("f32"),
      integers: dtypes.some((dtype) => dtype !== "f32"),
    };
    const test = options.selfTest === "given" ? undefined : options.selfTest;
    printer.line("").lines(support.selfTest(test, ports));
  }
  if (!external) printer.line("").line("export default create();");
  const comment = options.header.map((line) => `// ${line}\n`).join("");
  const text = `${printer.text()}\n`;
  if (!external) return { code: `${comment}\n${text}` };
  const id = sha256(`${comment}${text}`).slice(0, 16);
  return { code: `${comment}\nconst compiled = "${id}";\n\n${text}`, id };
}

/**
 * The body of a function that returns `create`, which takes a state: checked weights, which become the model's own.
 * Where a clock is wanted, `run` tells the `Clock` of that name of its kernels.
 */
export function closureText(plan: Plan, clock?: string): string {
  const printer = new Printer();
  new ModulePrinter(plan, printer, "", false, clock).print();
  return `${printer.text()}\nreturn create;`;
}

/** Calls in one function. V8 stops optimising functions of some 60 KB of bytecode; a call takes some 60 bytes. */
const LINES_PER_FUNCTION = 200;

class ModulePrinter {
  readonly #plan: Plan;
  readonly #out: Printer;
  readonly #export: string;
  readonly #inside: boolean;
  readonly #clock: string | undefined;
  readonly #kernels = new Map<Kernel, { readonly name: string; readonly js: JsKernel }>();
  readonly #names: Names;
  readonly #sizes = new Sizes();
  /** The inputs in the order in which a call binds them. */
  readonly #ordered: readonly PlanPort[];

  constructor(plan: Plan, out: Printer, exporting: string, inside: boolean, clock?: string) {
    this.#inside = inside;
    this.#clock = clock;
    this.#plan = plan;
    this.#ordered = inBindingOrder(plan.inputs);
    this.#out = out;
    this.#export = exporting;
    const taken = new Set([
      "create",
      "inputs",
      "outputs",
      "parameters",
      ...helperNames,
      ...support.names,
      ...(clock === undefined ? [] : [clock]),
    ]);
    const texts = new Map<string, { readonly name: string; readonly js: JsKernel }>();
    for (const { kernel } of [...plan.prepare, ...plan.run]) {
      if (this.#kernels.has(kernel)) continue;
      // Kernels of one text are one function, whoever calls it.
      const js = printKernel(kernel);
      let known = texts.get(js.text);
      if (!known) {
        const plain = identifier(kernel.name);
        const own = isReserved(plain) ? `kernel_${plain}` : plain;
        let name = own;
        for (let i = 1; taken.has(name); i++) name = `${own}_${i}`;
        taken.add(name);
        known = { name, js };
        texts.set(js.text, known);
      }
      this.#kernels.set(kernel, known);
    }
    this.#names = new Names(plan, taken);
  }

  print(): void {
    const out = this.#out;
    const { inputs, outputs, parameters } = this.#plan;
    out.line(`${this.#export}const inputs = [${inputs.map((port) => portText(port)).join(", ")}];`);
    out.line(`${this.#export}const outputs = [${outputs.map((port) => portText(port)).join(", ")}];`);
    this.#ports("parameters", parameters.map(({ path, type, aliases }) => portText({ name: path, type }, aliases))); // prettier-ignore
    const types = arrays(dtypesOf(this.#plan));
    if (types !== "") out.line("").line(types);
    const helpers = new Set<string>();
    const printed = new Set<string>();
    for (const { name, js } of this.#kernels.values()) {
      if (printed.has(name)) continue;
      printed.add(name);
      js.helpers.forEach((helper) => helpers.add(helper));
      out.line("").lines(`function ${name}${js.text}`);
    }
    for (const text of helperTexts(helpers)) out.line("").lines(text);
    for (const text of support.functions(this.#needs())) out.line("").lines(text);
    if (this.#needsBits()) out.line("").lines(support.bits);
    if (outputs.length > 1) out.line("").lines(support.apart);
    if (inputs.some((port) => earlierRun(this.#ordered, port))) out.line("").lines(support.sameRun);
    out.line("");
    this.#create();
  }

  #ports(name: string, lines: readonly string[]): void {
    if (lines.length === 0) {
      this.#out.line(`${this.#export}const ${name} = [];`);
      return;
    }
    this.#out.open(`${this.#export}const ${name} = [`);
    for (const line of lines) this.#out.line(`${line},`);
    this.#out.close("];");
  }

  #needs(): Needs {
    const { inputs, parameters } = this.#plan;
    return {
      // The state of a closure needs no loading.
      weights: parameters.length > 0 && this.#export !== "",
      guards: this.#export !== "",
      aliases: parameters.some(({ aliases }) => aliases.length > 0),
      parameterDtypes: parameters.map(({ type }) => type.dtype),
      counters: countersText(parameters),
      inputDtypes: inputs.map((port) => port.type.dtype),
      batches: batchesOf(inputs).length > 0,
      dtypes: dtypesOf(this.#plan),
      external: !this.#inside,
    };
  }

  #needsBits(): boolean {
    return [...this.#kernels.values()].some(({ js }) => js.bits.length > 0);
  }

  #create(): void {
    const out = this.#out;
    const { parameters, slots, inputs, outputs } = this.#plan;
    out.open(`${this.#export}function create({ weights${this.#inside ? " = inside()" : ""} } = {}) {`);
    const loaded = this.#export === "" ? "weights" : "load(weights)";
    out.line(`const state = ${parameters.length > 0 ? loaded : "{}"};`);
    if (parameters.length > 0)
      out.line("const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));");
    for (const line of [...this.#names.parameterLines(), ...this.#names.preparedLines()]) out.line(line);
    slots.run.forEach((slot, i) => out.line(`let slot${i} = new ${arrayType(slot.dtype)}(0);`));
    const symbols = [...boundSymbols(inputs).map(sizeName), ...batchesOf(inputs).map(unbatchedName)];
    if (symbols.length > 0) out.line(`let ${symbols.map((name) => `${name} = 0`).join(", ")};`);
    // What needs names for sizes is made before what computes these, and what binds inputs is printed before it all.
    const lines = [...this.#runLines(), ...this.#updateLines()];
    const fitting = this.#fitLines();
    for (const { type } of outputs) [...extents(type.shape), elements(type.shape)].forEach((size) => this.#sizes.text(size)); // prettier-ignore
    const binding = new Printer();
    printBinding(binding, inputs, this.#sizes);
    if (this.#sizes.any) out.line("const sizes = [];");
    this.#prepareFunction();
    if (inputs.length > 0) out.lines(binding.text());
    this.#fitFunction([...this.#sizes.take(), ...fitting]);
    this.#runFunction(this.#inPieces("step", this.#portNames(), lines));
    this.#modelFunction();
    const refresh = this.#plan.prepare.length > 0 ? "refresh: prepare" : "refresh() {}";
    if (this.#plan.prepare.length > 0) out.line("prepare();");
    if (this.#sizes.open().length > 0) throw new Error("a size is used that nothing computes");
    out.open("return Object.assign(model, {");
    out.line("inputs, outputs, parameters: state, input: own(inputs), output: own(outputs),");
    out.line(`run, ${refresh},`).close("});");
    out.close("}");
  }

  #prepareFunction(): void {
    const { prepare, slots } = this.#plan;
    if (prepare.length === 0) return;
    const own = slots.prepare.map((_, i) => `slot${i}`);
    const lines = this.#inPieces("prepare", own, prepare.map((call) => this.#callText(call))); // prettier-ignore
    this.#out.open("function prepare() {");
    slots.prepare.forEach((slot, i) => this.#out.line(`const slot${i} = new ${arrayType(slot.dtype)}(${this.#largest(slot.sizes)});`)); // prettier-ignore
    for (const line of lines) this.#out.line(line);
    this.#out.close("}");
  }

  /** Makes room for the sizes of this call, and checks what could not be proven. */
  #fitLines(): string[] {
    const { slots, checks } = this.#plan;
    const lines = checks.map(({ left, right, relation, message }) => {
      const refused = { "==": "!==", "!=": "===", "<=": ">", ">=": "<" }[relation];
      const [a, b] = [left, right].map((size) => within(this.#sizes.text(size), precedence.compare + 1));
      return `if (${a} ${refused} ${b}) throw new RangeError(${quoted(message)});`;
    });
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

  /** The lines; where they are many, prints functions of them and returns calls of those. */
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
    const clock = this.#clock;
    if (clock === undefined) return calls;
    const sizes = boundSymbols(inputs).map(sizeName).join(", ");
    // One line a kernel, so that long runs are cut into functions of the same calls as without a clock.
    return [
      `${clock}.start([${sizes}]);`,
      ...calls.map(
        (call, i) => `for (let n = ${clock}.calls(${i}); n > 0; n--) ${call} ${clock}.stop(${i});`,
      ),
    ];
  }

  /** What a run does last: buffers of the state take their next values. */
  #updateLines(): string[] {
    return this.#plan.updates.map(({ path, from }) => {
      const [target, source] = [this.#names.parameter(path), this.#bufferText(from)];
      if (from.size === 1) return `${target}[0] = ${source}[0];`;
      // A loop: a slot may be larger than what it holds here, and a subarray of it would be allocated.
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
    const single = inputs.length === 1;
    const [input] = inputs;
    // The only input goes by its own name; several come as a record.
    out.open(
      `function model(${inputs.length === 0 ? "" : single ? this.#names.port("in", input!) : "ins"}) {`,
    );
    inputs.forEach((port, i) => {
      const name = this.#names.port("in", port);
      out.line(
        `${single ? "" : "const "}${name} = tensor(inputs[${i}], ${single ? name : property("ins?", port.name)});`,
      );
    });
    this.#bindCalls((port) => ["", this.#names.port("in", port)]);
    const lead = outputs.some((port) => port.type.shape.some(isRun)) ? leadText(inputs, (port) => `${this.#names.port("in", port)}.shape`, this.#sizes) : undefined; // prettier-ignore
    if (lead) out.line(`const lead = ${lead.text};`);
    for (const port of outputs) {
      const data = `new ${arrayType(port.type.dtype)}(${this.#sizes.text(elements(port.type.shape)).text})`;
      const shape = shapeText(port, this.#sizes);
      out.line(
        `const ${this.#names.port("out", port)} = { dtype: "${port.type.dtype}", shape: ${shape}, data: ${data} };`,
      );
    }
    const record = (side: "in" | "out", ports: readonly PlanPort[]): string => {
      const fields = ports.map((port) => [propertyKey(port.name), this.#names.port(side, port)] as const);
      return `{ ${fields.map(([key, name]) => (key === name ? name : `${key}: ${name}`)).join(", ")} }`;
    };
    out.line(`run(${record("in", inputs)}, ${record("out", outputs)});`);
    out.line(
      `return ${outputs.length === 1 ? this.#names.port("out", outputs[0]!) : record("out", outputs)};`,
    );
    out.close("}");
  }

  /** Each call of a `bind` behind what is `to` be done with its result, and the value that it takes. */
  #bindCalls(texts: (port: PlanPort) => readonly [to: string, value: string]): void {
    for (const port of this.#ordered) {
      const earlier = earlierRun(this.#ordered, port);
      const [to, value] = texts(port);
      const run = earlier ? `, ${texts(earlier)[1]}.shape` : "";
      this.#out.line(`${to}${bindName(port.name)}(${value}${run});`);
    }
    if (this.#fits()) this.#out.line("fit();");
  }

  #runFunction(steps: readonly string[]): void {
    const out = this.#out;
    const { inputs, outputs } = this.#plan;
    if (inputs.length > 0) out.line(`let ${inputs.map((_, i) => `spare${i}`).join(", ")};`);
    const many = outputs.length > MANY_OUTPUTS;
    if (many) out.line("const memory = [];");
    const several = outputs.length > 1;
    if (several) out.line("const written = [];");
    out.open("function run(ins, outs) {");
    this.#bindCalls((port) => [`let ${this.#names.port("in", port)} = `, property("ins", port.name)]);
    const hasParameters = this.#plan.parameters.length > 0;
    outputs.forEach((port, i) => {
      const name = this.#names.port("out", port);
      out.line(`const ${name} = dataOf(outputs[${i}], ${property("outs", port.name)});`);
      const size = within(this.#sizes.text(elements(port.type.shape)), precedence.equal + 1);
      out.line(`if (${name}.length !== ${size}) refuse(outputs[${i}], ${name});`);
      if (hasParameters) out.line(`if (owned.has(${name}.buffer)) unfit(${quoted(`lie in ${port.name}`)});`); // prettier-ignore
      if (several) out.line(`written[${i}] = ${name};`);
      if (many) out.line(`memory[${i}] = ${name}.buffer;`);
    });
    if (several) out.line("apart(written);");
    inputs.forEach((port, i) => {
      const name = this.#names.port("in", port);
      const isOf = (output: PlanPort): string =>
        `${name}.buffer === ${this.#names.port("out", output)}.buffer`;
      const isWritten = many ? `memory.includes(${name}.buffer)` : outputs.map(isOf).join(" || ");
      // Read from a copy, whose memory is kept for the next call. Two shared buffers may be one memory.
      const makeSpare = `if (spare${i}?.length !== ${name}.length) spare${i} = new ${arrayType(port.type.dtype)}(${name}.length);`;
      out.open(`if (${isWritten} || ${name}.buffer.constructor !== ArrayBuffer) {`).line(makeSpare);
      out.line(`spare${i}.set(${name});`).line(`${name} = spare${i};`).close("}");
      // Any number but 0 is true, and kernels reckon with 1.
      if (port.type.dtype !== "bool") return;
      out.open(`if (${name}.some((x) => x > 1)) {`).line(makeSpare);
      out.line(`for (let i = 0; i < ${name}.length; i++) spare${i}[i] = ${name}[i] && 1;`);
      out.line(`${name} = spare${i};`).close("}");
    });
    for (const step of steps) out.line(step);
    out.close("}");
  }

  #callText({ kernel, buffers, sizes }: Call): string {
    const { name, js } = this.#kernels.get(kernel)!;
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

function dtypesOf({ inputs, outputs, parameters }: Plan): string[] {
  return [...new Set([...inputs, ...outputs, ...parameters].map((port) => port.type.dtype))].sort();
}

/** Of `object?`, a property that need not be: `ins?.x`, `ins?.["__proto__"]`. */
function property(object: string, name: string): string {
  if (propertyKey(name) === name) return `${object}.${name}`;
  return `${object}${object.endsWith("?") ? "." : ""}[${quoted(name)}]`;
}

function portText({ name, type, batch }: PlanPort, aliases: readonly string[] = []): string {
  const dims = type.shape.map((dim) => (typeof dim === "number" ? String(dim) : quoted(dimText(dim))));
  const also = aliases.length > 0 ? `, aliases: [${aliases.map(quoted).join(", ")}]` : "";
  const unbatched = batch === undefined ? "" : ", unbatched: true";
  return `{ name: ${quoted(name)}, dtype: "${type.dtype}", shape: [${dims.join(", ")}]${unbatched}${also} }`;
}

/** More are looked through in a list, so that the text does not grow with inputs times outputs. */
const MANY_OUTPUTS = 8;

/** Tells counters from other parameters: in most nets there is no other integer that is a scalar. */
function countersText(parameters: readonly Parameter[]): string | undefined {
  const scalars = parameters.filter(({ type }) => type.dtype === "i32" && type.shape.length === 0);
  const counters = scalars.filter(isCounter);
  if (counters.length === 0) return undefined;
  if (counters.length === scalars.length) return 'dtype === "i32" && !shape.length';
  return `[${counters.map(({ path }) => quoted(path)).join(", ")}].includes(name)`;
}
