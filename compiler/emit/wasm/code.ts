/** The body of a function while it is written: its instructions, and locals by name. */
import type { Instruction, InstructionName, ValueType } from "./instructions.ts";

export class Code {
  readonly instructions: Instruction[] = [];
  readonly parameters: ValueType[] = [];
  readonly locals: ValueType[] = [];
  /** The names that locals were given, by their number. */
  readonly names: Map<number, string> = new Map();
  /** Integers that may be below 0. */
  readonly signed: Set<string> = new Set();
  readonly #named = new Map<string, number>();
  /** Locals that hold nothing at present. */
  readonly #free = new Map<ValueType, number[]>();
  /** For each block around what is written, the locals that hold values computed in it, by the values' keys. */
  readonly #computed: Map<string, number>[] = [new Map()];

  parameter(name: string): void {
    this.#named.set(name, this.parameters.length);
    this.names.set(this.parameters.length, name);
    this.parameters.push("i32");
  }

  /** A local with this name, which must be new. */
  declare(name: string, type: ValueType): number {
    const local = this.#make(type);
    this.#named.set(name, local);
    this.names.set(local, name);
    return local;
  }

  local(name: string): number {
    const local = this.#named.get(name);
    if (local === undefined) throw new Error(`there is no local ${name}`);
    return local;
  }

  /** Lends a local to `use`. */
  temporary(type: ValueType, use: (local: number) => void): void {
    const local = this.#free.get(type)?.pop() ?? this.#make(type);
    use(local);
    const free = this.#free.get(type);
    if (free) free.push(local);
    else this.#free.set(type, [local]);
  }

  /**
   * Puts an i32 on the stack, by `put` where it is not computed yet. `key` must be the same for equal values alone, and all
   * that the value depends on must be set before the innermost block.
   */
  shared(key: string, put: () => void): void {
    const known = this.#computed.map((block) => block.get(key)).find((local) => local !== undefined);
    if (known !== undefined) return this.get(known);
    put();
    const local = this.#make("i32");
    this.emit("local.tee", local);
    this.#computed.at(-1)!.set(key, local);
  }

  /** Writes a block, which may not run: what it computes is not known behind it. */
  #inBlock(write: () => void): void {
    this.#computed.push(new Map());
    write();
    this.#computed.pop();
  }

  #make(type: ValueType): number {
    this.locals.push(type);
    return this.parameters.length + this.locals.length - 1;
  }

  emit(name: InstructionName, operand?: number): void {
    this.instructions.push(operand === undefined ? { name } : { name, operand });
  }

  get(local: number): void {
    this.emit("local.get", local);
  }

  set(local: number): void {
    this.emit("local.set", local);
  }

  int(value: number): void {
    this.emit("i32.const", value);
  }

  access(name: InstructionName, offset: number): void {
    this.instructions.push({ name, offset });
  }

  bytes(name: "v128.const" | "i8x16.shuffle", bytes: readonly number[]): void {
    this.instructions.push({ name, bytes });
  }

  /** if … else … end, which leave a value of the type on the stack, or nothing. */
  branch(result: ValueType | undefined, then: () => void, otherwise?: () => void): void {
    this.instructions.push(result ? { name: "if", result } : { name: "if" });
    this.#inBlock(then);
    if (otherwise) {
      this.emit("else");
      this.#inBlock(otherwise);
    }
    this.emit("end");
  }

  /** Repeats a body that leaves on the stack whether it is to be repeated. */
  repeat(body: () => void): void {
    this.emit("loop");
    this.#inBlock(body);
    this.emit("br_if", 0);
    this.emit("end");
  }
}
