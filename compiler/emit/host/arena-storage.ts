/**
 * The buffers of a model in one memory of WebAssembly, which it shares with other models. Each has a place
 * there with what `prepare` computes and its weights, and a place for each tensor that `input` and `output` made; none of them
 * moves. Each call lays out its slots, inputs and outputs behind the places of all models. The kernels get addresses.
 */
import { bytesPerElement, type Dtype } from "../../ir/dtype.ts";
import { drawOf } from "../../ir/plan/draw-statement.ts";
import type { Buffer, Call, Plan, PlanPort, Slot } from "../../ir/plan/plan.ts";
import { precedence, bracketed } from "../../ir/graph/primitives.ts";
import { isLong, mul, substitute, type Size } from "../../ir/size/size.ts";
import { elements } from "../../ir/types.ts";
import { isOfThread, rangesOf, type RoundRange } from "../../ir/plan/rounds.ts";
import type { KernelModule } from "../wasm/wasm-module.ts";
import { kernelDefinitions } from "./kernel-binary.ts";
import type { BinaryPlace } from "./team.ts";
import { arenaFunctions, arenaNames, addressText } from "./arena-support.ts";
import { arrayType } from "./bind-sizes.ts";
import { heapText, room } from "./heap.ts";
import { arrayOf, dtypesOf } from "./needs.ts";
import { drawText } from "./random-support.ts";
import { SizeVariables } from "./size-variables.ts";
import type { Storage } from "./storage.ts";
import { VariableNames } from "./variable-names.ts";

/** Memory is released if a quarter of it exceeds what a call needs by more bytes than this. */
const MAX_SPARE_BYTES = 65536;

export class ArenaStorage implements Storage {
  readonly names: VariableNames;
  readonly sizes: SizeVariables = new SizeVariables();
  readonly make: string = "resident";
  readonly fits: boolean = true;
  readonly stepParameters: readonly string[] = [];
  readonly #plan: Plan;
  readonly #kernels: KernelModule;
  readonly #binary: BinaryPlace;
  readonly #parameters = new Map<string, number>();
  readonly #prepared = new Map<Buffer, number>();
  /** The first address of weights, and the first behind them. */
  readonly #weights: number;
  readonly #start: number;

  /** `taken` are the names of other definitions around `create`. */
  constructor(plan: Plan, taken: ReadonlySet<string>, kernels: KernelModule, binary: BinaryPlace) {
    this.#plan = plan;
    this.#kernels = kernels;
    this.#binary = binary;
    const ports = [...plan.inputs.map((_, i) => `in${i}`), ...plan.outputs.map((_, i) => `out${i}`)];
    this.names = new VariableNames(plan, new Set([...taken, ...arenaNames, ...ports]));
    let at = 0;
    for (const buffer of new Set(plan.prepare.flatMap((call) => call.buffers))) {
      if (buffer.storage !== "prepared") continue;
      this.#prepared.set(buffer, at);
      at += room(constant(buffer.size) * bytesPerElement(buffer.dtype));
    }
    this.#weights = at;
    for (const { path, type } of plan.parameters) {
      this.#parameters.set(path, at);
      at += room(constant(elements(type.shape)) * bytesPerElement(type.dtype));
    }
    this.#start = at;
  }

  definitions(): string[] {
    return kernelDefinitions(this.#kernels, this.#binary, this.#plan.threads && this.#most());
  }

  support(): string[] {
    // The models of a process have the functions of one heap.
    return this.#binary === "variable" ? [] : [heapText];
  }

  declarations(weights: string): string[] {
    const { outputs, parameters } = this.#plan;
    return [
      // No function may use `given`, so that nothing but memory holds the weights once they are there.
      ...(parameters.length > 0 ? [`const given = ${weights};`] : []),
      ...(this.#binary === "outside" ? ["compileKernels(options.wasm);"] : []),
      "const state = { __proto__: null };",
      ...(outputs.length > 1 ? ["const written = [];"] : []),
      "const tensors = new Map();",
      "let heap, region, memory, kernels, kept, near, homes, isFresh;",
      `let ${["bytes", ...this.#views().map(viewName)].join(", ")};`,
      `let ${["base = 0", ...(this.#start > 0 ? ["origin = 0"] : []), "end = 0", "epoch = 0", ...(this.#grows() ? ["idle = 0"] : [])].join(", ")};`,
      `let ${this.#pieces().map(({ name }) => `${name} = 0`).join(", ")};`,
      "view(new ArrayBuffer(0));",
      ...(this.#plan.threads ? ["let team, spare = 0;", `const status = teamOf(${this.#binary === "variable" ? "" : "arguments[0]?."}threads);`, ...(this.#binary === "outside" ? ["const wasm = options.wasm;"] : [])] : []),
    ]; // prettier-ignore
  }

  /** The dtypes, besides that of bytes, of which `create` reads or writes elements in memory. */
  #views(): Dtype[] {
    const { inputs, outputs, updates, parameters, run } = this.#plan;
    const drawn = run.flatMap(({ kernel, buffers }) => (drawOf(kernel) ? buffers : []));
    const written = new Set(updates.map(({ path }) => path));
    const types = [...inputs, ...outputs, ...parameters.filter(({ path }) => written.has(path))];
    const dtypes = [
      ...types.map(({ type }) => type.dtype),
      ...[...updates.map(({ from }) => from), ...drawn].map(({ dtype }) => dtype),
    ];
    return [...new Set(dtypes)].filter((dtype) => bytesPerElement(dtype) > 1).sort();
  }

  /** The pieces of memory that a call needs, in the order in which they lie there. */
  #pieces(): { name: string; dtype: Dtype; sizes: readonly Size[] }[] {
    const { slots, inputs, outputs } = this.#plan;
    const ported = (side: string, ports: readonly PlanPort[]): ReturnType<typeof slotted> =>
      ports.map(({ type }, i) => ({
        name: `${side}${i}`,
        dtype: type.dtype,
        sizes: [elements(type.shape)],
      }));
    return [...slotted(slots.run), ...ported("in", inputs), ...ported("out", outputs)];
  }

  #grows(): boolean {
    return this.#pieces().some(({ sizes }) => sizes.some((size) => typeof size !== "number"));
  }

  functions(): string[] {
    const views = this.#views().map((dtype) => `${viewName(dtype)} = new ${arrayType(dtype)}(buffer);`);
    return arenaFunctions({
      weights: this.#weights,
      start: this.#start,
      ...(this.#plan.prepare.length > 0 && { preparing: this.#preparing() }),
      grows: this.#grows(),
      isGiven: this.#binary !== "variable",
      threads: this.#plan.threads && { isOutside: this.#binary === "outside" },
      views,
      dtypes: dtypesOf(this.#plan),
    });
  }

  /** The bytes that `prepare` needs while it runs. */
  #preparing(): number {
    const rooms = this.#plan.slots.prepare.map(({ dtype, sizes }) =>
      room(Math.max(...sizes.map(constant)) * bytesPerElement(dtype)),
    );
    return rooms.reduce((sum, one) => sum + one, 0);
  }

  fit(): string[] {
    const own = this.#ownRooms();
    const behind = own.length > 0 ? "spare" : "end";
    const lines = ["base = heap?.top ?? 0;", ...this.#laid(this.#pieces(), "base", behind)];
    if (own.length > 0) lines.push(`end = spare + (status.threads - 1) * Math.max(${own.join(", ")});`);
    if (!this.#grows()) return lines;
    // A hundred calls in a row that need much less memory make the model release the memory of an earlier large one, unless
    // other models use it. Memory that the caller has arrays or tensors of stays.
    const isTooLarge = `bytes.length / 4 - ${MAX_SPARE_BYTES} > end && heap.owners === 1 && !heap.isShown && !tensors.size`;
    return [...lines, `idle = ${isTooLarge} ? idle + 1 : 0;`, "if (idle > 99) dispose();"];
  }

  /** The lines that compute the addresses of pieces from the first on, and the first address behind them. */
  #laid(pieces: ReturnType<typeof slotted>, first: string, last: string): string[] {
    const names = [...pieces.map(({ name }) => name), last];
    return names.map((name, i) => {
      if (i === 0) return `${name} = ${first};`;
      const { dtype, sizes } = pieces[i - 1]!;
      return `${name} = ${names[i - 1]!} + ${this.#roomText(sizes, bytesPerElement(dtype))};`;
    });
  }

  /** JS text of the bytes that the largest of some buffers takes. */
  #roomText(sizes: readonly Size[], each: number): string {
    if (sizes.every((size) => typeof size === "number")) return String(room(Math.max(...sizes) * each));
    const texts = sizes.map((size) => this.#times(size, each));
    return `room(${texts.length === 1 ? texts[0]! : `Math.max(${texts.join(", ")})`})`;
  }

  #times(size: Size, each: number): string {
    // A long size has a name, which its product would not have.
    if (!isLong(size)) return this.sizes.text(mul(size, each)).text;
    return `${each} * ${bracketed(this.sizes.text(size), precedence.mul + 1)}`;
  }

  prepare(): string[] {
    // The names are those of the slots of runs, whose addresses stay as they are.
    const { length } = this.#plan.slots.prepare;
    const lines = this.#laid(slotted(this.#plan.slots.prepare), "heap.top", "top");
    return length > 0 ? [...lines.map((line) => `const ${line}`), "reserve(heap, top);"] : [];
  }

  dispose(): string[] {
    return [
      "release();",
      ...(this.#plan.outputs.length > 1 ? ["written.length = 0;"] : []),
    ]; // prettier-ignore
  }

  start(): string[] {
    const { parameters, prepare } = this.#plan;
    const prepared = prepare.length > 0 ? ["prepare();"] : [];
    if (parameters.length === 0) return ["wake();", ...prepared];
    const data = arrayOf({ dtypes: dtypesOf(this.#plan) }, "dtype");
    return [
      "wake();",
      `const places = [${[...this.#parameters.values()].join(", ")}];`,
      "for (const [i, { name, dtype, shape }] of parameters.entries()) {",
      `  new ${data}(bytes.buffer, origin + places[i], count(shape)).set(given[name].data);`,
      "  state[name] = located(dtype, shape, { get at() { return origin + places[i]; } });",
      "}",
      ...prepared,
    ];
  }

  get refresh(): string {
    if (this.#plan.prepare.length === 0) return "refresh() {}";
    return "refresh() {\n  if (memory) prepare();\n  else wake();\n}";
  }

  begin(): string[] {
    // Memory that grows ends arrays, so it is there before the arrays of tensors are taken.
    return ["if (!memory) wake();"];
  }

  takeOutput(port: PlanPort, at: number): string[] {
    return this.#plan.outputs.length > 1 ? [`written[${at}] = ${this.names.port("out", port)};`] : [];
  }

  takeInputs(): string[] {
    return ["isFresh = false;"];
  }

  makeOutputs(): string[] {
    return ["isFresh = true;"];
  }

  enter(): string[] {
    const { inputs, outputs } = this.#plan;
    const names = this.names.ports();
    const all = `[${names.join(", ")}]`;
    return [
      `if (end > bytes.length || base !== heap.top) ${all} = reach(${all});`,
      `if (${names.map((name, i) => `${name} !== near[${i}]`).join(" || ")}) {`,
      ...names.map((name, i) => `  near[${i}] = ${name};`),
      "  settle();",
      "}",
      ...inputs.map((port, i) => this.#enterInput(port, i)),
      ...outputs.map((_, i) => `if (homes[${inputs.length + i}]) out${i} = homes[${inputs.length + i}];`),
    ];
  }

  #enterInput(port: PlanPort, i: number): string {
    const name = this.names.port("in", port);
    const { dtype } = port.type;
    if (dtype === "bool") {
      // In a bool input any number but 0 is true, but kernels need 1.
      const copies = `for (let i = 0; i < ${name}.length; i++) bytes[in${i} + i] = ${name}[i] && 1;`;
      return `if (homes[${i}] && !${name}.some((x) => x > 1)) in${i} = homes[${i}]; else ${copies}`;
    }
    return `if (homes[${i}]) in${i} = homes[${i}]; else copyIn(${viewName(dtype)}, ${indexText(`in${i}`, dtype)}, ${name});`;
  }

  leave(): string[] {
    const { inputs, outputs } = this.#plan;
    return outputs.map((port, i) => {
      const { dtype } = port.type;
      const place = `${viewName(dtype)}, ${indexText(`out${i}`, dtype)}`;
      return `if (!homes[${inputs.length + i}]) copyOut(${this.names.port("out", port)}, ${place});`;
    });
  }

  updates(): string[] {
    return this.#plan.updates.map(({ path, from }) => {
      const { dtype, shape } = this.#plan.parameters.find((one) => one.path === path)!.type;
      const target = `${viewName(dtype)}[i + (${indexText(`(${addressText(this.#parameters.get(path)!)})`, dtype)})]`;
      const source = `${viewName(from.dtype)}[i + (${indexText(`(${this.#address(from)})`, from.dtype)})]`;
      return `for (let i = 0; i < ${constant(elements(shape))}; i++) ${target} = ${source};`;
    });
  }

  call(call: Call): string {
    const drawing = drawText(
      call,
      (buffer) => `${viewName(buffer.dtype)}, ${indexText(this.#address(buffer), buffer.dtype)}`,
      (size) => this.sizes.text(size).text,
    );
    if (drawing !== undefined) return drawing;
    const { kernel, buffers, sizes } = call;
    const addresses = buffers.map((buffer) => this.#address(buffer));
    const parts = [...addresses, ...sizes.map((size) => this.sizes.text(size).text)];
    const name = this.#kernels.exports.get(kernel)!;
    const alone = `kernels.${name}(${parts.join(", ")});`;
    const ranges = this.#ranges(call);
    if (ranges.length === 0) return alone;
    const values = new Map(kernel.sizes.map((size, i) => [size, sizes[i]!]));
    const costs = ranges.map(({ at, step, cost }) => {
      return `[${buffers.length + at}, ${step}, ${this.sizes.text(substitute(cost, values)).text}]`;
    });
    const own = this.#own(call).map(([at, bytes]) => `[${at}, ${bytes}]`);
    const lists = [parts, costs, own].map((list) => `[${list.join(", ")}]`);
    const given = ["team", "status.threads", name.slice(1), ...lists, "spare"];
    return `if (team) share(${given.join(", ")}); else ${alone}`;
  }

  /** The rounds of a call that threads may share. */
  #ranges({ kernel }: Call): readonly RoundRange[] {
    const isOfRun = !this.#plan.prepare.some((call) => call.kernel === kernel);
    return this.#plan.threads && isOfRun ? rangesOf(kernel) : [];
  }

  /** The arguments of a call that are memory which each thread needs for itself, and the bytes of it. */
  #own({ kernel, buffers }: Call): [at: number, bytes: string][] {
    return buffers.flatMap(({ storage, size, dtype }, at): [number, string][] =>
      storage === "scratch" && isOfThread(kernel, kernel.buffers[at]!.name)
        ? [[at, this.#roomText([size], bytesPerElement(dtype))]]
        : [],
    );
  }

  #shared(): Call[] {
    return this.#plan.run.filter((call) => this.#ranges(call).length > 0);
  }

  /** JS texts of the bytes that calls need for each thread besides those of the first. */
  #ownRooms(): string[] {
    const rooms = this.#shared().map((call) =>
      this.#own(call)
        .map(([, bytes]) => bytes)
        .join(" + "),
    );
    return [...new Set(rooms)].filter((text) => text !== "");
  }

  /** The most words that calls have for threads: their arguments, and two for each buffer that these have for themselves. */
  #most(): number {
    const words = this.#shared().map(
      (call) => call.buffers.length + call.sizes.length + 2 * this.#own(call).length,
    );
    return Math.max(0, ...words);
  }

  #address(buffer: Buffer): string {
    const { inputs, outputs } = this.#plan;
    switch (buffer.storage) {
      case "input":
        return `in${inputs.findIndex(({ name }) => name === buffer.name)}`;
      case "output":
        return `out${outputs.findIndex(({ name }) => name === buffer.name)}`;
      case "parameter":
        return addressText(this.#parameters.get(buffer.name)!);
      case "prepared":
        return addressText(this.#prepared.get(buffer)!);
      case "temporary":
      case "scratch":
        return `slot${buffer.slot}`;
    }
  }
}

function slotted(slots: readonly Slot[]): { name: string; dtype: Dtype; sizes: readonly Size[] }[] {
  return slots.map(({ dtype, sizes }, i) => ({ name: `slot${i}`, dtype, sizes }));
}

/** The view of all memory as elements of a dtype. */
function viewName(dtype: Dtype): string {
  return bytesPerElement(dtype) === 1 ? "bytes" : `${dtype}s`;
}

/** JS text of an address as an index of elements. Addresses may exceed 2 ** 31, but not 2 ** 32. */
function indexText(address: string, dtype: Dtype): string {
  const shift = Math.log2(bytesPerElement(dtype));
  return shift === 0 ? address : `${address} >>> ${shift}`;
}

function constant(size: Size): number {
  if (typeof size !== "number") throw new Error("a weight has a size that only calls know");
  return size;
}
