/** The buffers of a model in typed arrays: its weights, one array for each slot, and the arrays of the caller. */
import type { Dtype } from "../../ir/dtype.ts";
import type { Buffer, Call, Kernel, Plan, PlanPort } from "../../ir/plan/plan.ts";
import type { Size } from "../../ir/size/size.ts";
import { helperTexts } from "../js/helpers.ts";
import { quoted } from "../js/print-kernel.ts";
import { nameKernels, type NamedKernel } from "../js/kernel-functions.ts";
import { arrayType } from "./bind-sizes.ts";
import { drawText } from "./random-support.ts";
import { SizeVariables } from "./size-variables.ts";
import type { Storage } from "./storage.ts";
import { bits } from "./support.ts";
import { VariableNames } from "./variable-names.ts";

/**
 * The most outputs whose memory is compared with each input's one by one. More are searched in a list, so that the text
 * does not grow with inputs times outputs.
 */
const MAX_COMPARED_OUTPUTS = 8;

/** A slot counts as too large if a quarter of it exceeds what a call needs by more elements than this. */
const MAX_SPARE_ELEMENTS = 16384;

export class ArrayStorage implements Storage {
  readonly names: VariableNames;
  readonly sizes: SizeVariables = new SizeVariables();
  readonly make: string = "fresh";
  readonly #plan: Plan;
  readonly #kernels: ReadonlyMap<Kernel, NamedKernel>;

  /** `taken` are the names of other definitions around `create`. */
  constructor(plan: Plan, taken: ReadonlySet<string>) {
    this.#plan = plan;
    const all = new Set(taken);
    this.#kernels = nameKernels(plan, all);
    this.names = new VariableNames(plan, all);
  }

  definitions(): string[] {
    const helpers = new Set<string>();
    const functions = new Map<string, string>();
    for (const { name, js } of this.#kernels.values()) {
      js.helpers.forEach((helper) => helpers.add(helper));
      functions.set(name, `function ${name}${js.text}`);
    }
    return [...functions.values(), ...helperTexts(helpers)];
  }

  support(): string[] {
    return [...this.#kernels.values()].some(({ js }) => js.bits.length > 0) ? [bits] : [];
  }

  declarations(weights: string): string[] {
    const { inputs, slots, parameters } = this.#plan;
    return [
      `const state = ${weights};`,
      ...(parameters.length > 0
        ? ["const owned = new Set(parameters.map(({ name }) => state[name].data.buffer));"]
        : []),
      ...this.names.parameterLines(),
      ...this.names.preparedLines(),
      ...slots.run.map((slot, i) => `let slot${i} = ${emptyOf(slot)};`),
      ...(inputs.length > 0 ? [`let ${inputs.map((_, i) => `spare${i}`).join(", ")};`] : []),
      ...this.#outputLists().map((list) => `const ${list} = [];`),
      ...(this.#grows() ? ["let idle = 0;"] : []),
    ];
  }

  /** The names of the lists that hold the outputs of the last run. */
  #outputLists(): string[] {
    const { length } = this.#plan.outputs;
    return [...(length > 1 ? ["written"] : []), ...(length > MAX_COMPARED_OUTPUTS ? ["memory"] : [])];
  }

  functions(): string[] {
    return [];
  }

  start(): string[] {
    return this.#plan.prepare.length > 0 ? ["prepare();"] : [];
  }

  get refresh(): string {
    return this.#plan.prepare.length > 0 ? "refresh: prepare" : "refresh() {}";
  }

  prepare(): string[] {
    return this.#plan.slots.prepare.map(
      (slot, i) => `const slot${i} = new ${arrayType(slot.dtype)}(${this.#largest(slot.sizes)});`,
    );
  }

  dispose(): string[] {
    const { slots, inputs } = this.#plan;
    return [
      ...slots.run.map((slot, i) => `slot${i} = ${emptyOf(slot)};`),
      ...(inputs.length > 0 ? [`${inputs.map((_, i) => `spare${i} = `).join("")}undefined;`] : []),
      ...this.#outputLists().map((list) => `${list}.length = 0;`),
    ];
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

  get fits(): boolean {
    return this.#plan.slots.run.length > 0;
  }

  fit(): string[] {
    const lines: string[] = [];
    // A hundred calls in a row that need much less memory make the model release the memory of an earlier large one.
    if (this.#grows())
      lines.push(`idle = ${this.#isTooLarge()} ? idle + 1 : 0;`, "if (idle > 99) dispose();");
    this.#plan.slots.run.forEach((slot, i) => {
      const size = this.#largest(slot.sizes);
      lines.push(`if (slot${i}.length < ${size}) slot${i} = new ${arrayType(slot.dtype)}(${size});`);
    });
    return lines;
  }

  #largest(sizes: readonly Size[]): string {
    const texts = sizes.map((size) => this.sizes.text(size).text);
    return texts.length === 1 ? texts[0]! : `Math.max(${texts.join(", ")})`;
  }

  updates(): string[] {
    return this.#plan.updates.map(({ path, from }) => {
      const [target, source] = [this.names.parameter(path), this.#bufferText(from)];
      if (from.size === 1) return `${target}[0] = ${source}[0];`;
      // The loop is needed because a slot may be larger than the value in it, and a subarray would be an allocation.
      return `for (let i = 0; i < ${target}.length; i++) ${target}[i] = ${source}[i];`;
    });
  }

  get stepParameters(): string[] {
    return this.names.ports();
  }

  makeOutputs(): string[] {
    return [];
  }

  enter(): string[] {
    return this.#plan.inputs.flatMap((port, i) => {
      if (port.type.dtype !== "bool") return [];
      // In a bool input any number but 0 is true, but kernels need 1.
      const name = this.names.port("in", port);
      return [
        `if (${name}.some((x) => x > 1)) {`,
        `  ${makeSpare(i, port, name)}`,
        `  for (let i = 0; i < ${name}.length; i++) spare${i}[i] = ${name}[i] && 1;`,
        `  ${name} = spare${i};`,
        "}",
      ];
    });
  }

  leave(): string[] {
    return [];
  }

  begin(): string[] {
    return [];
  }

  takeOutput(port: PlanPort, at: number): string[] {
    const name = this.names.port("out", port);
    const { parameters, outputs } = this.#plan;
    return [
      ...(parameters.length > 0
        ? [`if (owned.has(${name}.buffer)) unfit(${quoted(`lie in ${port.name}`)});`]
        : []),
      ...(outputs.length > 1 ? [`written[${at}] = ${name};`] : []),
      ...(this.#hasMany() ? [`memory[${at}] = ${name}.buffer;`] : []),
    ];
  }

  #hasMany(): boolean {
    return this.#plan.outputs.length > MAX_COMPARED_OUTPUTS;
  }

  takeInputs(): string[] {
    const { inputs, outputs } = this.#plan;
    return inputs.flatMap((port, i) => {
      const name = this.names.port("in", port);
      const isOf = (output: PlanPort): string =>
        `${name}.buffer === ${this.names.port("out", output)}.buffer`;
      const isWritten = this.#hasMany() ? `memory.includes(${name}.buffer)` : outputs.map(isOf).join(" || ");
      // Such an input is read from a copy, whose memory is kept for the next call. Two shared buffers may be one
      // memory.
      return [
        `if (${isWritten} || ${name}.buffer[Symbol.toStringTag] !== "ArrayBuffer") {`,
        `  ${makeSpare(i, port, name)}`,
        `  spare${i}.set(${name});`,
        `  ${name} = spare${i};`,
        "}",
      ];
    });
  }

  call(call: Call): string {
    const drawing = drawText(
      call,
      (buffer) => `${this.#bufferText(buffer)}, 0`,
      (size) => this.sizes.text(size).text,
    );
    if (drawing !== undefined) return drawing;
    const { kernel, buffers, sizes } = call;
    const { name, js } = this.#kernels.get(kernel)!;
    const bits = js.bits.map((masked) => {
      const at = kernel.buffers.findIndex((buffer) => buffer.name === masked);
      return `bits(${this.#bufferText(buffers[at]!)})`;
    });
    const parts = [
      ...buffers.map((buffer) => this.#bufferText(buffer)),
      ...sizes.map((size) => this.sizes.text(size).text),
      ...bits,
    ];
    return `${name}(${parts.join(", ")});`;
  }

  #bufferText(buffer: Buffer): string {
    switch (buffer.storage) {
      case "input":
        return this.names.port("in", buffer);
      case "output":
        return this.names.port("out", buffer);
      case "parameter":
        return this.names.parameter(buffer.name);
      case "prepared":
        return this.names.prepared(buffer);
      case "temporary":
      case "scratch":
        return `slot${buffer.slot}`;
    }
  }
}

function emptyOf({ dtype }: { readonly dtype: Dtype }): string {
  return `new ${arrayType(dtype)}(0)`;
}

/** The text that makes memory for a copy of an input. */
function makeSpare(i: number, { type: { dtype } }: PlanPort, name: string): string {
  return `if (spare${i}?.length !== ${name}.length) spare${i} = new ${arrayType(dtype)}(${name}.length);`;
}
