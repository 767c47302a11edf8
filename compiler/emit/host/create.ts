/** The text of `create`, which makes a model: its memory, the checks of a call, and the calls of its kernels. */
import { nestedCalls, type NestedCall } from "../../ir/plan/each-call.ts";
import type { Plan, PlanPort } from "../../ir/plan/plan.ts";
import { precedence, bracketed } from "../../ir/graph/primitives.ts";
import { elements, extents, isRun } from "../../ir/types.ts";
import {
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
import type { VariableNames } from "./variable-names.ts";
import { Printer } from "../js/code-printer.ts";
import { isRandom } from "./random-support.ts";
import { sizeName, type SizeVariables } from "./size-variables.ts";
import type { Storage } from "./storage.ts";

export interface ClosureOptions {
  /** The name of a `Clock`. */
  readonly clock?: string | undefined;
}

/** The text around `create`. */
export interface ModuleParts {
  /** The name of the function: `create`, unless there are several of which `create` chooses one. */
  readonly name: string;
  /** The prefix of exported definitions. */
  readonly exporting: string;
  /** Whether the weights are inside the module. */
  readonly inside: boolean;
  /** The seed of random numbers where none is given. */
  readonly seed: number | bigint;
  /** Set where the text is the body of a function. */
  readonly closure?: ClosureOptions;
  readonly storage: Storage;
  /** Whether it stands in for one with threads. */
  readonly standsIn?: boolean;
}

/**
 * The most calls in one function. V8 stops optimizing functions of some 60 KB of bytecode; a call takes some 60 bytes.
 */
const LINES_PER_FUNCTION = 200;

const NO_THREADS =
  "this module has no threads: nnc compile --target wasm --threads, or emit({ threads: true }), makes one that has";

const ALONE = "this engine runs the net in JavaScript, which has one thread";

export function printCreate(plan: Plan, out: Printer, surroundings: ModuleParts): void {
  new CreatePrinter(plan, out, surroundings).print();
}

class CreatePrinter {
  readonly #plan: Plan;
  readonly #out: Printer;
  readonly #surroundings: ModuleParts;
  readonly #storage: Storage;
  readonly #names: VariableNames;
  readonly #sizes: SizeVariables;
  /** The inputs in the order in which a call binds them. */
  readonly #ordered: readonly PlanPort[];

  constructor(plan: Plan, out: Printer, surroundings: ModuleParts) {
    this.#plan = plan;
    this.#out = out;
    this.#surroundings = surroundings;
    this.#storage = surroundings.storage;
    this.#names = this.#storage.names;
    this.#sizes = this.#storage.sizes;
    this.#ordered = inBindingOrder(plan.inputs);
  }

  print(): void {
    const out = this.#out;
    const plan = this.#plan;
    const { parameters, inputs, outputs } = plan;
    const { closure, exporting, inside, name, seed, standsIn } = this.#surroundings;
    const outside = parameters.length > 0 && !closure && !inside;
    const takesMemory = plan.target === "wasm" && !closure;
    const draws = isRandom(plan);
    // Of a seed the low 32 bits count.
    const isPlain = Number.isSafeInteger(Number(seed));
    const first = Number(isPlain ? seed : BigInt.asIntN(32, BigInt(seed)));
    const hasTeam = plan.threads === true;
    const names = [
      `weights${inside ? " = inside()" : ""}`,
      ...(takesMemory ? ["memory: within"] : []),
      ...(draws ? [`seed = ${first}`] : []),
      ...(hasTeam && closure ? ["threads"] : []),
    ];
    const given = outside ? "options" : `{ ${names.join(", ")} } = {}`;
    out.open(`${name === "create" ? exporting : ""}function ${name}(${given}) {`);
    // Modules of JavaScript alone do not speak of threads, to stay small.
    if (takesMemory && !hasTeam)
      out.line(
        `if (arguments[0]?.threads > 1 || arguments[0]?.threads === true) throw new TypeError(${quoted(NO_THREADS)});`,
      );
    const loaded = closure ? "weights" : `stateOf(${outside ? "options" : "weights"})`;
    for (const line of this.#storage.declarations(parameters.length > 0 ? loaded : "{}")) out.line(line);
    if (outside && takesMemory) out.line("const within = options.memory;");
    // A closure may be given what draws.
    const drawer = closure ? "drawer ?? " : "";
    if (draws)
      out.line(`const random = ${drawer}randomOf(${outside ? `options.seed ?? ${first}` : "seed"});`);
    const symbols = [...boundSymbols(inputs).map(sizeName), ...batchesOf(inputs).map(unbatchedName)];
    if (symbols.length > 0) out.line(`let ${symbols.map((name) => `${name} = 0`).join(", ")};`);
    // These lines are made first, because they give names to sizes. The lines that compute the names, and the functions
    // that bind inputs, are printed before them.
    const lines = [...this.#runLines(), ...this.#storage.updates()];
    const fitting = this.#fitLines();
    for (const { type } of outputs)
      [...extents(type.shape), elements(type.shape)].forEach((size) => this.#sizes.text(size));
    const binding = new Printer();
    printBinding(binding, inputs, this.#sizes);
    if (this.#sizes.any) out.line("const sizes = [];");
    this.#prepareFunction();
    this.#disposeFunction();
    for (const text of this.#storage.functions()) out.lines(text);
    if (inputs.length > 0) out.lines(binding.text());
    this.#fitFunction([...this.#sizes.take(), ...fitting]);
    this.#computeFunction(this.#inPieces("step", this.#storage.stepParameters, lines));
    this.#runFunction();
    this.#modelFunction();
    for (const line of this.#storage.start()) out.line(line);
    if (this.#sizes.open().length > 0) throw new Error("a size is used that nothing computes");
    const getters = ["threads", "note"].map((name) => `{ get: () => status.${name}, enumerable: true }`);
    if (hasTeam)
      out.line(`Object.defineProperties(model, { threads: ${getters[0]}, threadsNote: ${getters[1]} });`);
    out.open("return Object.assign(model, {");
    out.line("inputs, outputs, parameters: state,");
    if (standsIn) out.line(`threads: 1, threadsNote: ${quoted(ALONE)},`);
    this.#portMakers();
    out.lines(`run, ${this.#storage.refresh}, dispose,${draws ? " seed: random.seed," : ""}`).close("});");
    out.close("}");
  }

  /** Prints `input` and `output`. Those of a closure check shapes. */
  #portMakers(): void {
    const { make } = this.#storage;
    if (this.#surroundings.closure) {
      const maker = make === "fresh" ? "" : `, ${make}`;
      this.#out.line(`input: own(inputs, "input"${maker}), output: own(outputs, "output"${maker}),`);
      return;
    }
    this.#out.line(`input: (name, shape) => ${make}(portOf(inputs, name), shape),`);
    this.#out.line(`output: (name, shape) => ${make}(portOf(outputs, name), shape),`);
  }

  #prepareFunction(): void {
    const { prepare, slots } = this.#plan;
    if (prepare.length === 0) return;
    const own = slots.prepare.map((_, i) => `slot${i}`);
    const lines = this.#inPieces(
      "prepare",
      own,
      prepare.map((call) => this.#storage.call(call)),
    );
    this.#out.open("function prepare() {");
    for (const line of [...this.#storage.prepare(), ...lines]) this.#out.line(line);
    this.#out.close("}");
  }

  /** Prints the function that releases the memory of calls; the next call allocates it again. */
  #disposeFunction(): void {
    this.#out.open("function dispose() {");
    for (const line of this.#storage.dispose()) this.#out.line(line);
    this.#out.close("}");
  }

  /** The lines that make slots large enough for this call, and check relations that could not be proven. */
  #fitLines(): string[] {
    const lines = this.#plan.checks.map(({ left, right, relation, message }) => {
      const refused = { "==": "!==", "!=": "===", "<=": ">", ">=": "<" }[relation];
      const [a, b] = [left, right].map((size) => bracketed(this.#sizes.text(size), precedence.compare + 1));
      return `if (${a} ${refused} ${b}) throw new RangeError(${quoted(message)});`;
    });
    return [...lines, ...this.#storage.fit()];
  }

  #fitFunction(lines: readonly string[]): void {
    if (!this.#fits()) return;
    const pieces = this.#inPieces("fit", [], lines);
    this.#out.open("function fit() {");
    for (const line of pieces) this.#out.line(line);
    this.#out.close("}");
  }

  #fits(): boolean {
    return this.#storage.fits || this.#plan.checks.length > 0 || this.#sizes.any;
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
      for (const line of lines.slice(i, i + LINES_PER_FUNCTION)) this.#out.lines(line);
      this.#out.close("}");
      calls.push(`${head};`);
    }
    return calls;
  }

  #runLines(): string[] {
    const { run, loops, inputs } = this.#plan;
    const clock = this.#surroundings.closure?.clock;
    const sizes = boundSymbols(inputs).map(sizeName).join(", ");
    // Each kernel is one line, so that a long run is split at the same kernels as without a clock.
    const calls = run.map((call, i) => {
      const text = this.#storage.call(call);
      return clock === undefined
        ? text
        : `for (let n = ${clock}.calls(${i}); n > 0; n--) ${text} ${clock}.stop(${i});`;
    });
    const lines = this.#inLoops(nestedCalls(calls, loops));
    return clock === undefined ? lines : [`${clock}.start([${sizes}]);`, ...lines];
  }

  /** The calls, with a text of several lines for each loop among them. */
  #inLoops(nested: readonly NestedCall<string>[]): string[] {
    return nested.map((one) => {
      if ("call" in one) return one.call;
      const step = sizeName(one.loop.step);
      const count = this.#sizes.text(one.loop.count);
      const head = one.loop.reverse
        ? `let ${step} = ${bracketed(count, precedence.add)} - 1; ${step} >= 0; ${step}--`
        : `let ${step} = 0; ${step} < ${bracketed(count, precedence.compare + 1)}; ${step}++`;
      const text = new Printer().open(`for (${head}) {`);
      for (const inner of this.#inLoops(one.body)) text.lines(inner);
      return text.close("}").text();
    });
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
    for (const line of this.#storage.begin()) out.line(line);
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
    for (const line of this.#storage.makeOutputs()) out.line(line);
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
    out.open(`function compute(${this.#names.ports().join(", ")}) {`);
    for (const line of [...this.#storage.enter(), ...steps, ...this.#storage.leave()]) out.lines(line);
    out.close("}");
  }

  #runFunction(): void {
    const out = this.#out;
    const { inputs, outputs } = this.#plan;
    out.open("function run(ins, outs) {");
    for (const line of this.#storage.begin()) out.line(line);
    // The first access to each record also checks that it has no other names.
    const first = inputs.length > 0 ? this.#ordered[0] : undefined;
    this.#bindCalls((port) => [
      `let ${this.#names.port("in", port)} = `,
      property(port === first ? "named(inputs, ins)?" : "ins?", port.name),
    ]);
    outputs.forEach((port, i) => {
      const name = this.#names.port("out", port);
      out.line(
        `const ${name} = dataOf(outputs[${i}], ${property(i === 0 ? "named(outputs, outs)?" : "outs?", port.name)});`,
      );
      const size = bracketed(this.#sizes.text(elements(port.type.shape)), precedence.equal + 1);
      out.line(`if (${name}.length !== ${size}) refuse(outputs[${i}], null, ${name});`);
      for (const line of this.#storage.takeOutput(port, i)) out.line(line);
    });
    if (outputs.length > 1) out.line("apart(written);");
    for (const line of this.#storage.takeInputs()) out.line(line);
    out.line(`compute(${this.#names.ports().join(", ")});`);
    out.close("}");
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

/** The text of a property of `object?`, which may be missing: `ins?.x`, `ins?.["__proto__"]`. */
function property(object: string, name: string): string {
  if (propertyKey(name) === name) return `${object}.${name}`;
  return `${object}${object.endsWith("?") ? "." : ""}[${quoted(name)}]`;
}
