/**
 * Prints a plan as JavaScript: the text of `create` and all that it uses, as a module with exports or as the body of a
 * closure. The two differ only in how weights come in, so they compute the same bits.
 */
import { heldDtype, languageDtype } from "../../ir/dtype.ts";
import { isCounter, type Parameter } from "../../ir/graph/graph.ts";
import type { Plan, PlanPort } from "../../ir/plan/plan.ts";
import { sha256 } from "../../ir/util/sha256.ts";
import { dimText, isRun } from "../../ir/types.ts";
import { ArenaStorage } from "./arena-storage.ts";
import { arenaNames } from "./arena-support.ts";
import { ArrayStorage } from "./array-storage.ts";
import { batchesOf, earlierRun, inBindingOrder } from "./bind-sizes.ts";
import { printCreate, type ModuleParts } from "./create.ts";
import { closing, exportPrefix, opening, type Format } from "./module-format.ts";
import { compact } from "../js/compact.ts";
import { helperNames } from "../js/helpers.ts";
import { quoted } from "../js/print-kernel.ts";
import { createAsyncText, isCompiledText, kernelFile } from "./kernel-binary.ts";
import type { BinaryPlace } from "./team.ts";
import { wasmModule, type KernelModule } from "../wasm/wasm-module.ts";
import { inside, type Carried } from "./loading.ts";
import { arrays, dtypesOf, type Needs } from "./needs.ts";
import { isRandom, randomNames, randomOf } from "./random-support.ts";
import { loadText } from "./load.ts";
import { Printer } from "../js/code-printer.ts";
import type { Storage } from "./storage.ts";
import * as support from "./support.ts";

export interface ModuleOptions {
  /** The comments at the beginning. The first of them identifies the source. */
  readonly header: readonly string[];
  /** The weights, if they are inside the module. */
  readonly weights?: Carried;
  /** The self test. With "given" its numbers come with the weights, which are outside. */
  readonly selfTest?: support.SelfTest | "given";
  /** Default "esm". */
  readonly format?: Format;
  /** The name of the variable that a classic script sets. Default "model". */
  readonly globalName?: string;
  /** The URL of weights outside, relative to the module. Default "./model.safetensors". */
  readonly weightsUrl?: string;
  /** The URL of kernels outside, relative to the module. They can only be outside where the weights are. Default: they are inside. */
  readonly wasmUrl?: string;
  /** The seed of random numbers where `create` is given none. Default 0. */
  readonly seed?: number | bigint;
  /** Whether the text is as short as it can be, and not for readers. */
  readonly isCompact?: boolean;
  /** The plan in JavaScript, whose kernels run where those of a plan in WebAssembly cannot. */
  readonly fallback?: Plan;
}

export interface ModuleText {
  readonly code: string;
  /**
   * Identifies this compile, whatever the values of the weights: 16 hexadecimal digits of the SHA-256 of the module's
   * text, without what depends on its format and the place of the weights. `create` refuses weights with another id.
   * Absent where the weights are inside.
   */
  readonly id?: string;
  /** The content of the file at `wasmUrl`. */
  readonly wasm?: Uint8Array;
}

/** The text of a module. */
export function moduleText(plan: Plan, options: ModuleOptions): ModuleText {
  const printer = new Printer();
  const { format = "esm", globalName = "model", weightsUrl = "./model.safetensors", wasmUrl } = options;
  const exporting = exportPrefix(format);
  const external = plan.parameters.length > 0 && options.weights === undefined;
  const isWasm = plan.target === "wasm";
  const isOutside = isWasm && external && wasmUrl !== undefined;
  const kernels = isWasm ? wasmModule(plan) : undefined;
  const { seed = 0 } = options;
  const kind = { exporting, inside: options.weights !== undefined, seed, kernels, isOutside };
  new ModulePrinter(plan, printer, kind, options.fallback).print();
  if (options.weights !== undefined)
    printer.line("").lines(
      inside(options.weights, {
        dtypes: dtypesOf(plan),
        parameterDtypes: plan.parameters.map(({ type }) => heldDtype(type)),
      }),
    );
  if (isWasm) {
    const facts = { hasFallback: options.fallback !== undefined, isOutside, threads: plan.threads === true };
    printer.line("").lines(createAsyncText(exporting, facts));
  }
  if (options.selfTest) {
    const ports = {
      inputs: plan.inputs.map(({ name }) => name),
      outputs: plan.outputs.map(({ name }) => name),
      external,
      disposes: isWasm,
      draws: isRandom(plan),
      inputDtypes: plan.inputs.map(({ type }) => languageDtype(type)),
      dtypes: dtypesOf(plan),
    };
    const test = options.selfTest === "given" ? undefined : options.selfTest;
    printer.line("").lines(exporting + support.selfTest(test, ports));
  }
  const names = [
    "create",
    ...(isWasm ? ["createAsync"] : []),
    "inputs",
    "outputs",
    "parameters",
    ...(external ? ["load"] : []),
    ...(options.selfTest ? ["selfTest"] : []),
  ];
  const code = `${printer.text()}\n`;
  // Modules of all formats accept the same weights, whatever command wrote them and wherever they are.
  const id = external
    ? sha256(`${options.header[0]}\n${code.replaceAll(/^export /gm, "")}`).slice(0, 16)
    : undefined;
  const whole = [
    ...(id === undefined ? [] : [`const compiled = "${id}";\n`]),
    code,
    ...(external
      ? [
          `${loadText(format, isWasm ? "await createAsync" : "create", weightsUrl, isOutside ? wasmUrl : undefined)}\n`,
        ]
      : []),
  ].join("\n");
  const parts = [
    lines(options.header),
    lines(opening(format, globalName)),
    options.isCompact === true ? `${compact(whole, new Set(names))}\n` : whole,
    lines(closing(format, { names, ready: !external })),
  ];
  return {
    code: parts.filter((part) => part !== "").join("\n"),
    ...(id !== undefined && { id }),
    ...(isOutside && { wasm: kernelFile(kernels!) }),
  };
}

function lines(texts: readonly string[]): string {
  return texts.map((line) => `${line}\n`).join("");
}

/**
 * The body of a function that returns `create`. This `create` takes a state, that is checked weights, which become the
 * model's own. With `clock`, runs call the `Clock` of that name. Kernels in WebAssembly are the variable `binary`.
 */
export function closureText(plan: Plan, clock?: string, kernels?: KernelModule): string {
  const printer = new Printer();
  const kind = { exporting: "", inside: false, seed: 0, closure: { clock }, kernels, isOutside: false };
  new ModulePrinter(plan, printer, kind).print();
  return `${printer.text()}\nreturn create;`;
}

/** The names of the two functions of which `create` chooses one. */
const CREATE_WASM = "createWasm";
const CREATE_JS = "createJs";

/** Where the buffers of a plan's target lie. */
function storageOf(plan: Plan, taken: ReadonlySet<string>, { closure, kernels, isOutside }: Kind): Storage {
  if (plan.target !== "wasm") return new ArrayStorage(plan, taken);
  const place: BinaryPlace = closure ? "variable" : isOutside ? "outside" : "inside";
  return new ArenaStorage(plan, taken, kernels ?? wasmModule(plan), place);
}

interface Kind extends Pick<ModuleParts, "exporting" | "inside" | "seed" | "closure"> {
  /** The plan's kernels, where they are WebAssembly. */
  readonly kernels: KernelModule | undefined;
  /** Whether they are in a file beside the module. */
  readonly isOutside: boolean;
}

/** A plan with the function `create` of its target. */
interface Made {
  readonly plan: Plan;
  readonly parts: ModuleParts;
}

class ModulePrinter {
  readonly #plan: Plan;
  readonly #out: Printer;
  readonly #surroundings: Kind;
  /** One for each target: the plan's, and that of the fallback. */
  readonly #made: readonly Made[];

  constructor(plan: Plan, out: Printer, kind: Kind, fallback?: Plan) {
    this.#plan = plan;
    this.#out = out;
    this.#surroundings = kind;
    const { clock } = kind.closure ?? {};
    const own = ["create", "inputs", "outputs", "parameters", ...helperNames, ...support.supportNames];
    const both = [...arenaNames, CREATE_WASM, CREATE_JS];
    const drawing = isRandom(plan) ? randomNames : [];
    const taken = new Set([
      ...own,
      ...drawing,
      ...(clock === undefined ? [] : [clock]),
      ...(fallback ? both : []),
    ]);
    const made = (one: Plan, name: string): Made => {
      const standsIn = one !== plan && plan.threads === true;
      return { plan: one, parts: { ...kind, name, standsIn, storage: storageOf(one, taken, kind) } };
    };
    this.#made = fallback ? [made(plan, CREATE_WASM), made(fallback, CREATE_JS)] : [made(plan, "create")];
  }

  print(): void {
    const out = this.#out;
    const { inputs, outputs, parameters } = this.#plan;
    out.line(
      `${this.#surroundings.exporting}const inputs = [${inputs.map((port) => portText(port)).join(", ")}];`,
    );
    out.line(
      `${this.#surroundings.exporting}const outputs = [${outputs.map((port) => portText(port)).join(", ")}];`,
    );
    this.#ports(
      "parameters",
      parameters.map(({ path, type, aliases }) => portText({ name: path, type }, aliases)),
    );
    const plans = this.#made.map(({ plan }) => plan);
    const types = arrays(dtypesOf(this.#plan));
    if (types !== "") out.line("").line(types);
    const storages = this.#made.map(({ parts }) => parts.storage);
    const fixed = [
      ...support.functions(this.#needs()),
      ...storages.flatMap((storage) => storage.support()),
      ...(plans.some(isRandom) ? [randomOf(plans)] : []),
      ...(storages.length > 1 ? [isCompiledText(this.#surroundings.isOutside)] : []),
    ];
    // Functions that kernels of both targets call are the same.
    const definitions = new Set(storages.flatMap((storage) => storage.definitions()));
    for (const text of [...definitions, ...fixed]) out.line("").lines(text);
    if (outputs.length > 1) out.line("").lines(support.apart);
    const ordered = inBindingOrder(inputs);
    if (inputs.some((port) => earlierRun(ordered, port))) out.line("").lines(support.sameRun);
    for (const { plan, parts } of this.#made) {
      out.line("");
      printCreate(plan, out, parts);
    }
    if (this.#made.length === 1) return;
    out.line("").open(`${this.#surroundings.exporting}function create(options) {`);
    const given = this.#surroundings.isOutside ? "options?.wasm" : "";
    out.line(`return isCompiled(${given}) ? ${CREATE_WASM}(options) : ${CREATE_JS}(options);`).close("}");
  }

  #ports(name: string, lines: readonly string[]): void {
    if (lines.length === 0) {
      this.#out.line(`${this.#surroundings.exporting}const ${name} = [];`);
      return;
    }
    this.#out.open(`${this.#surroundings.exporting}const ${name} = [`);
    for (const line of lines) this.#out.line(`${line},`);
    this.#out.close("];");
  }

  #needs(): Needs {
    const { inputs, outputs, parameters } = this.#plan;
    return {
      // The state of a closure is given, not loaded.
      weights: parameters.length > 0 && !this.#surroundings.closure,
      copies: this.#made.every(({ plan }) => plan.target === "wasm"),
      guards: !this.#surroundings.closure,
      aliases: parameters.some(({ aliases }) => aliases.length > 0),
      parameterDtypes: parameters.map(({ type }) => heldDtype(type)),
      parameterShapes: parameters.map(({ type }) => type.shape),
      counters: countersText(parameters),
      inputDtypes: inputs.map(({ type }) => languageDtype(type)),
      single: inputs.length === 1 && outputs.length === 1,
      scalars: [...inputs, ...parameters].some(({ type }) => type.shape.every(isRun)),
      samples: inputs.some(({ type: { shape } }) => typeof shape[0] === "object" && !isRun(shape[0])),
      batches: batchesOf(inputs).length > 0,
      dtypes: dtypesOf(this.#plan),
      external: !this.#surroundings.inside,
    };
  }
}

function portText({ name, type, batch }: PlanPort, aliases: readonly string[] = []): string {
  const dims = type.shape.map((dim) => (typeof dim === "number" ? String(dim) : quoted(dimText(dim))));
  const also = aliases.length > 0 ? `, aliases: [${aliases.map(quoted).join(", ")}]` : "";
  const unbatched = batch === undefined ? "" : ", unbatched: true";
  return `{ name: ${quoted(name)}, dtype: "${type.dtype}", shape: [${dims.join(", ")}]${unbatched}${also} }`;
}

/** The expression that distinguishes counters from other parameters. Most nets have no other integer scalar. */
function countersText(parameters: readonly Parameter[]): string | undefined {
  const scalars = parameters.filter(({ type }) => type.dtype === "i32" && type.shape.length === 0);
  const counters = scalars.filter(isCounter);
  if (counters.length === 0) return undefined;
  if (counters.length === scalars.length) return 'dtype === "i32" && !shape.length';
  return `[${counters.map(({ path }) => quoted(path)).join(", ")}].includes(name)`;
}
