/** The TypeScript declarations of a module. */
import type { Plan, PlanPort } from "../../ir/plan/plan.ts";
import { portTypeText } from "../../ir/types.ts";
import { arrayType, batchesOf } from "./bind-sizes.ts";
import { propertyKey, quoted } from "../js/print-kernel.ts";
import { isRandom } from "./random-support.ts";
import type { Format } from "./module-format.ts";
import { Printer } from "../js/code-printer.ts";

export interface DeclarationOptions {
  readonly header: readonly string[];
  /** Whether `create` must be given weights, so that there is no ready model. */
  readonly external: boolean;
  readonly format: Format;
  readonly globalName: string;
  readonly selfTest: boolean;
  /** Set where `create` must be given the kernels. */
  readonly kernels?: "outside" | undefined;
}

export function declarationText(
  plan: Plan,
  { header, external, selfTest, format, globalName, kernels }: DeclarationOptions,
): string {
  const out = new Printer();
  for (const line of header) out.line(line);
  out.line("");
  const isScript = format === "iife";
  if (isScript) out.open(`declare namespace ${globalName} {`);
  out.lines(TYPES).lines(portType(plan));
  printRecord(out, "Inputs", plan.inputs, (port) => `Value<${arrayType(port.type.dtype)}>`);
  printRecord(out, "Outputs", plan.outputs, (port) => `Tensor<${arrayType(port.type.dtype)}>`);
  printState(out, plan);
  const [output] = plan.outputs;
  const result = plan.outputs.length === 1 ? `Outputs[${quoted(output!.name)}]` : "Outputs";
  out.line("");
  out.open("export interface Model {");
  printComment(out, plan);
  for (const parameters of callParameters(plan)) out.line(`(${parameters}): ${result};`);
  out.lines(MEMBERS);
  const draws = isRandom(plan);
  if (draws) out.lines(SEED);
  if (plan.threads) out.lines(THREADS);
  out.close("}");
  const optional = external ? "" : "?";
  out.line("");
  out.lines(external ? CREATE_OUTSIDE : CREATE_INSIDE);
  const isWasm = plan.target === "wasm";
  const memory =
    (kernels ? "; wasm?: Kernels" : "") +
    (isWasm ? "; memory?: Memory" : "") +
    (plan.threads ? "; threads?: number | boolean" : "");
  out.line(
    `export function create(options${optional}: { weights${optional}: ${external ? "Bytes | " : ""}Record<string, Weight>${memory}${draws ? "; seed?: number | bigint" : ""} }): Model;`,
  );
  if (isWasm)
    out
      .lines(kernels ? `${KERNELS}\n${MEMORY}` : MEMORY)
      .line("/** The same without blocking the thread, which some engines demand of their main thread. */")
      .line("export function createAsync(...options: Parameters<typeof create>): Promise<Model>;");
  if (external) out.lines(kernels ? LOAD_BOTH : LOAD);
  out.line("export const inputs: readonly Port[];");
  out.line("export const outputs: readonly Port[];");
  out.line("export const parameters: readonly Port[];");
  if (selfTest) {
    out.lines(external ? SELF_TEST_OUTSIDE : SELF_TEST_INSIDE);
    out.line(`export function selfTest(${external ? "options: Parameters<typeof create>[0]" : ""}): number;`);
  }
  if (!external)
    out.lines(isScript ? "export const model: Model;" : "declare const model: Model;\nexport default model;");
  if (isScript) out.close("}");
  return `${out.text()}\n`;
}

function printRecord(
  out: Printer,
  name: string,
  ports: readonly PlanPort[],
  type: (port: PlanPort) => string,
): void {
  out.line("");
  out.open(`export interface ${name} {`);
  for (const port of ports)
    out.line(`/** ${portTypeText(port)} */`).line(`${propertyKey(port.name)}: ${type(port)};`);
  out.close("}");
}

/**
 * Prints `State`. It is a type and not an interface, so that it is assignable to the record of weights that `create`
 * takes.
 */
function printState(out: Printer, { parameters }: Plan): void {
  out.line("");
  if (parameters.length === 0) {
    out.line("export type State = Record<never, never>;");
    return;
  }
  out.open("export type State = {");
  for (const { path, type } of parameters)
    out
      .line(`/** ${portTypeText({ type })} */`)
      .line(`readonly ${propertyKey(path)}: Tensor<${arrayType(type.dtype)}>;`);
  out.close("};");
}

function callType(port: PlanPort): string {
  return `Inputs[${quoted(port.name)}] | Nested`;
}

/** The parameter lists of a call: one with inputs by name, and one with inputs in order of declaration. */
function callParameters({ inputs }: Plan): string[] {
  if (inputs.length === 0) return [""];
  const types = inputs.map(callType);
  const byName = inputs.map(({ name }, i) => `${propertyKey(name)}: ${types[i]!}`).join("; ");
  const inOrder = inputs.length === 1 ? `input: ${types[0]!}` : `...inputs: [${types.join(", ")}]`;
  return [inOrder, `inputs: { ${byName} }`];
}

function printComment(out: Printer, plan: Plan): void {
  if (batchesOf(plan.inputs).length === 0) out.line(`/** ${signature(plan)} */`);
  else
    out
      .lines(`/**\n * ${signature(plan)}`)
      .lines(
        ` * Without its first axis an input is a batch of one, whose results are given back without it.\n */`,
      );
}

function portType({ inputs }: Plan): string {
  const unbatched =
    batchesOf(inputs).length === 0
      ? ""
      : "\n  /** The first axis is a batch, which may be left out. */\n  readonly unbatched?: true;";
  return `export interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];${unbatched}
}`;
}

function signature(plan: Plan): string {
  const list = (ports: readonly PlanPort[]): string =>
    ports.map((port) => `${port.name}: ${portTypeText(port)}`).join(", ");
  return `${list(plan.inputs) || "no input"} -> ${list(plan.outputs)}`;
}

const CREATE_INSIDE =
  "/** A model with state of its own; tensors by name replace the weights inside. Files are for modules of `nnc compile --external`. */";

const CREATE_OUTSIDE = `export type Bytes = ArrayBufferLike | ArrayBufferView;
/**
 * A model with state of its own, of the bytes of a safetensors file or of tensors by name. A file that nnc wrote belongs to
 * one compile, and is refused by the module of another.
 */`;

const KERNELS = `/**
 * The bytes of the .wasm file that was compiled with this module, or the WebAssembly.Module of them. Once a model was made, others
 * need none.
 */
export type Kernels = object;`;

const MEMORY = `/**
 * A WebAssembly.Memory, without \`shared\`, in which models of several modules can be. It may have a maximum. Nothing else may
 * use it. Without one, the models of this module share one.
 */
export interface Memory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}`;

const LOAD = `/** A Response, a Blob, or a Request, which is fetched. */
export interface Body {
  arrayBuffer(): Promise<ArrayBufferLike>;
}
/**
 * The same, of weights that are read first: those of a URL, a Response that must be ok, a Blob, bytes, or in Node.js a file
 * by its path. Default: the file beside the module. Rejects with a TypeError that names the place and the reason.
 */
export function load(source?: Source | PromiseLike<Source>): Promise<Model>;
export type Source = string | { readonly href: string } | Body | Bytes;`;

const LOAD_BOTH = LOAD.replace(
  "load(source?: Source | PromiseLike<Source>)",
  "load(source?: Source | PromiseLike<Source>, kernels?: Source | Kernels | PromiseLike<Source | Kernels>)",
).replace(
  "The same, of weights that are read first:",
  "The same, of weights and kernels that are read first:",
);

const SELF_TEST_INSIDE = `/**
 * How far off this engine is on a recorded example, as a share of the error that is expected of rounding: at most 1 where it
 * computes the net right.
 */`;

const SELF_TEST_OUTSIDE = `/**
 * How far off this engine is on a recorded example, as a share of the error that is expected of rounding: at most 1 where it
 * computes the net right. Throws TypeError where there is nothing to compare with: the numbers are in the safetensors file
 * that was written with this module, or in the module where none was.
 */`;

const TYPES = `export interface Tensor<Data = Float32Array> {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Data;
}
/** A typed array alone is read as the least rank that fits. */
export type Value<Data> = Tensor<Data> | Data;
export type Nested = number | boolean | readonly Nested[];
export type Weight = { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> };`;

const SEED = `/** Lets the random numbers of the runs begin anew; create() takes a seed, too. */
seed(seed: number | bigint): void;`;

const THREADS = `/** How many threads share the work; where it is less than was asked for, threadsNote says why. */
readonly threads: number;
readonly threadsNote?: string | undefined;`;

const MEMBERS = `/** Fills the caller's outputs; allocates nothing after the first call of a shape. */
run(inputs: Inputs, outputs: { [Name in keyof Outputs]: Value<Outputs[Name]["data"]> }): void;
/** A tensor for an input, in the model's own memory. */
input<Name extends keyof Inputs>(name: Name, shape: readonly number[]): Extract<Inputs[Name], Tensor<unknown>>;
output<Name extends keyof Outputs>(name: Name, shape: readonly number[]): Outputs[Name];
readonly inputs: readonly Port[];
readonly outputs: readonly Port[];
/** Live state; call refresh() after writing to it. */
readonly parameters: State;
refresh(): void;
/** Gives back the memory of earlier calls; the next call makes what it needs anew. */
dispose(): void;`;
