/** Runs the kernels of a plan in WebAssembly, with a memory made for the test, without the text that surrounds kernels in a module. */
import { wasmModule, type KernelModule } from "../../compiler/emit/wasm/wasm-module.ts";
import { bytesPerElement, dtypeRows, type NumberArray } from "../../compiler/ir/dtype.ts";
import { maps, type MapName } from "../../compiler/ir/graph/primitives.ts";
import { draws } from "../../compiler/ir/graph/draws.ts";
import { eachCall } from "../../compiler/ir/plan/each-call.ts";
import { drawOf } from "../../compiler/ir/plan/draw-statement.ts";
import type { Buffer, Call, Plan } from "../../compiler/ir/plan/plan.ts";
import { evaluateSize } from "../../compiler/ir/size/size.ts";
import { elements } from "../../compiler/ir/types.ts";
import { Generator } from "../../runtime/random.ts";
import type { Computed, Given } from "./agree.ts";

/** What the tests use of WebAssembly, of which Node's types know nothing. */
interface Engine {
  readonly Memory: new (options: { initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;

/** What stands between two buffers, where nothing may be written. */
const GAP = 64;
const UNTOUCHED = 0xa5;

/** What was made of plans, which run at many sizes. */
const modules = new WeakMap<Plan, Made>();

interface Made extends KernelModule {
  readonly compiled: object;
}

function madeOf(plan: Plan): Made {
  let made = modules.get(plan);
  if (!made) {
    const kernels = wasmModule(plan);
    modules.set(plan, (made = { ...kernels, compiled: new engine.Module(kernels.bytes) }));
  }
  return made;
}

export function ranAsWasm(plan: Plan, { inputs, parameters, sizes }: Given): Computed {
  const { compiled, exports, imports, messages } = madeOf(plan);
  const memory = new engine.Memory({ initial: 1 });
  const env: Record<string, unknown> = { memory };
  for (const name of imports) env[name] = maps[name as MapName].evaluate;
  env["refuse"] = (message: number, index: number, below: number): never => {
    throw new RangeError(`${messages[message]}: index ${index} is not in 0..${below - 1}`);
  };
  const instance = new engine.Instance(compiled, { env });
  const arena = new Arena(memory);
  const places = new Map<string, { at: number; buffer: Pick<Buffer, "dtype" | "size"> }>();
  const placeOf = (buffer: Pick<Buffer, "dtype" | "size">, key: string, data?: NumberArray): number => {
    let known = places.get(key);
    if (!known) {
      const length = evaluateSize(buffer.size, sizes);
      known = { at: arena.allocate(length * bytesPerElement(buffer.dtype)), buffer };
      places.set(key, known);
      // Of truth values every number but 0 is 1, as a model makes of its inputs.
      const one = (x: number): number => (buffer.dtype === "bool" ? x && 1 : x);
      if (data) arena.view(buffer.dtype, known.at, length).set(data.map(one));
    }
    return known.at;
  };
  const keys = new Map<Buffer, string>();
  const keyOf = (buffer: Buffer): string => {
    const { storage, name } = buffer;
    if (storage !== "temporary" && storage !== "scratch") return `${storage} ${name}`;
    let key = keys.get(buffer);
    if (key === undefined) keys.set(buffer, (key = `${storage} ${keys.size}`));
    return key;
  };
  const dataOf = ({ storage, name }: Buffer): NumberArray | undefined =>
    storage === "input" ? inputs[name]!.data : storage === "parameter" ? parameters[name]!.data : undefined;
  const known = new Map(sizes);
  const generator = new Generator(0);
  const run = ({ kernel, buffers, sizes: own }: Call): void => {
    const places = buffers.map((buffer) => placeOf(buffer, keyOf(buffer), dataOf(buffer)));
    const drawing = drawOf(kernel);
    if (drawing) {
      const data = buffers.map(({ dtype, size }, i) =>
        arena.view(dtype, places[i]!, evaluateSize(size, known)),
      );
      const target = data.at(-1)!;
      target.set(draws[drawing.draw].draw(generator, target.length, drawing.numbers, data[0]!));
      return;
    }
    const call = instance.exports[exports.get(kernel)!] as (...numbers: number[]) => void;
    call(...places, ...own.map((size) => evaluateSize(size, known)));
  };
  plan.prepare.forEach(run);
  eachCall(plan.run, plan.loops, known, run);
  const result = (buffer: Pick<Buffer, "dtype" | "size">, key: string): NumberArray => {
    const length = evaluateSize(buffer.size, sizes);
    return arena.view(buffer.dtype, placeOf(buffer, key), length).slice();
  };
  const outputs = plan.outputs.map(({ name, type }) => {
    const buffer = { dtype: type.dtype, size: elements(type.shape) };
    return [name, result(buffer, `output ${name}`)] as const;
  });
  const updates = plan.updates.map(({ path, from }) => {
    const data = result(from, keyOf(from));
    return [path, data instanceof Float64Array ? Float32Array.from(data) : data] as const;
  });
  arena.verify();
  return { outputs: Object.fromEntries(outputs), updates: Object.fromEntries(updates) };
}

/** Memory in pieces, each with a gap around it that shows whether something was written outside. */
class Arena {
  readonly #memory: Memory;
  #top = GAP;
  readonly #gaps: number[] = [0];

  constructor(memory: Memory) {
    this.#memory = memory;
    new Uint8Array(memory.buffer).fill(UNTOUCHED);
  }

  allocate(bytes: number): number {
    const at = this.#top;
    this.#top = at + bytes + GAP + ((8 - (bytes % 8)) % 8);
    const lacking = this.#top - this.#memory.buffer.byteLength;
    if (lacking > 0) {
      const old = this.#memory.buffer.byteLength;
      this.#memory.grow(Math.ceil(lacking / 65536));
      new Uint8Array(this.#memory.buffer, old).fill(UNTOUCHED);
    }
    this.#gaps.push(at + bytes);
    return at;
  }

  view(dtype: Buffer["dtype"], at: number, length: number): NumberArray {
    const { array } = dtypeRows[dtype];
    return new (array as unknown as new (b: ArrayBuffer, at: number, n: number) => NumberArray)(
      this.#memory.buffer,
      at,
      length,
    );
  }

  verify(): void {
    const bytes = new Uint8Array(this.#memory.buffer);
    for (const gap of this.#gaps)
      for (let i = gap; i < gap + GAP && i < this.#top; i++)
        if (bytes[i] !== UNTOUCHED) throw new Error(`a kernel wrote to byte ${i - gap} behind a buffer`);
  }
}
