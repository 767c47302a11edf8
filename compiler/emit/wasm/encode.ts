/** Encodes a module of WebAssembly: https://webassembly.github.io/spec/core/binary/modules.html. */
import { signed, unsigned } from "./leb128.ts";
import { instructionRow, valueTypes, type Instruction, type ValueType } from "./instructions.ts";

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ImportedFunction {
  readonly name: string;
  readonly type: FunctionType;
}

export interface WasmFunction {
  /** The name under which it is exported. */
  readonly name: string;
  /** What it is, for readers of the text. */
  readonly comment: string;
  /** Names of parameters and locals by their number, for readers of the text. */
  readonly names: ReadonlyMap<number, string>;
  readonly parameters: readonly ValueType[];
  /** The types of the locals that follow the parameters. */
  readonly locals: readonly ValueType[];
  readonly body: readonly Instruction[];
}

export interface WasmModule {
  /** Imported functions come first in the numbering of functions. All are imported from `env`, as the memory is. */
  readonly imports: readonly ImportedFunction[];
  readonly functions: readonly WasmFunction[];
  /** Whether the limits of the memory have room for `sharedLimits`. */
  readonly threads?: true;
}

/** The limits of memory: at least a page. In threads' modules, its number takes the bytes that those of shared memory need. */
const limits = { short: [0, 1], long: [0, 0x81, 0x80, 0x80, 0] } as const;

/** In place of the limits: memory is shared, and has a page at least and 65536 at most. */
export const sharedLimits: readonly number[] = [3, 1, 0x80, 0x80, 4];

/** Where a binary that has room for `sharedLimits` has the limits of memory. */
export function limitsAt(binary: Uint8Array): number {
  const bytes = [...text("memory"), 2, ...limits.long];
  const at = binary.findIndex((_, i) => bytes.every((byte, j) => binary[i + j] === byte));
  if (at < 0) throw new Error("a binary has no room for the limits of shared memory");
  return at + bytes.length - limits.long.length;
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** The numbers of sections. */
const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

export function encodeModule({ imports, functions, threads }: WasmModule): Uint8Array {
  const types = new Types();
  const imported = imports.map(({ name, type }) => [
    ...text("env"),
    ...text(name),
    0,
    ...unsigned(types.number(type)),
  ]);
  const memory = [...text("env"), ...text("memory"), 2, ...(threads ? limits.long : limits.short)];
  const own = functions.map(({ parameters }) => unsigned(types.number({ parameters, results: [] })));
  const exported = functions.map(({ name }, i) => [...text(name), 0, ...unsigned(imports.length + i)]);
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...sectionBytes(section.type, types.all),
    ...sectionBytes(section.import, [memory, ...imported]),
    ...sectionBytes(section.function, own),
    ...sectionBytes(section.export, exported),
    ...sectionBytes(section.code, functions.map(functionBytes)),
  ]);
}

/** The types of functions, each once. */
class Types {
  readonly all: number[][] = [];
  readonly #numbers = new Map<string, number>();

  number({ parameters, results }: FunctionType): number {
    const bytes = [0x60, ...vectorOf(parameters.map((type) => [valueTypes[type]])), ...vectorOf(results.map((type) => [valueTypes[type]]))]; // prettier-ignore
    const key = bytes.join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.all.length;
      this.#numbers.set(key, number);
      this.all.push(bytes);
    }
    return number;
  }
}

function functionBytes({ locals, body }: WasmFunction): number[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  const bytes = vectorOf(runs.map(({ type, count }) => [...unsigned(count), valueTypes[type]]));
  for (const instruction of body) encodeInstruction(instruction, bytes);
  bytes.push(0x0b);
  return [...unsigned(bytes.length), ...bytes];
}

function encodeInstruction(instruction: Instruction, out: number[]): void {
  const { name, operand = 0, bytes = [], result, offset = 0 } = instruction;
  const { code, immediate, align } = instructionRow(name);
  // What follows a prefix is a number in LEB128.
  if (code > 0xffff) out.push(code >> 12, ...unsigned(code & 0xfff));
  else if (code > 0xff) out.push(code >> 8, ...unsigned(code & 0xff));
  else out.push(code);
  switch (immediate) {
    case undefined:
      return;
    case "local":
    case "function":
    case "label":
      out.push(...unsigned(operand));
      return;
    case "block":
      out.push(result ? valueTypes[result] : 0x40);
      return;
    case "memory":
      out.push(align, ...unsigned(offset));
      return;
    case "memory-lane":
      out.push(align, ...unsigned(offset), operand);
      return;
    case "lane":
      out.push(operand);
      return;
    case "i32":
      out.push(...signed(operand));
      return;
    case "f32":
      out.push(...new Uint8Array(Float32Array.of(operand).buffer));
      return;
    case "f64":
      out.push(...new Uint8Array(Float64Array.of(operand).buffer));
      return;
    case "v128":
    case "shuffle":
      out.push(...bytes);
  }
}

function sectionBytes(number: number, items: readonly (readonly number[])[]): number[] {
  const bytes = vectorOf(items);
  return [number, ...unsigned(bytes.length), ...bytes];
}

function vectorOf(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}
