/** The module of WebAssembly that has the kernels of a plan. */
import { functionKey } from "../../ir/plan/print-plan.ts";
import { drawOf } from "../../ir/plan/draw-statement.ts";
import type { Kernel, Plan } from "../../ir/plan/plan.ts";
import {
  encodeModule,
  limitsAt,
  type ImportedFunction,
  type WasmFunction,
  type WasmModule,
} from "./encode.ts";
import type { ValueType } from "./instructions.ts";
import { kernelFunction, type Imports } from "./kernel-code.ts";

export interface KernelModule {
  readonly module: WasmModule;
  /** The binary. It imports from `env` the memory and the functions below. */
  readonly bytes: Uint8Array;
  /** The name under which the function of each kernel is exported, but for those that draw. */
  readonly exports: ReadonlyMap<Kernel, string>;
  /** The maps that are functions of float64 outside of the module. */
  readonly imports: readonly string[];
  /**
   * The messages of range checks. If there are any, the module imports `refuse(message, index, below)`, which throws the
   * RangeError of the message with this number.
   */
  readonly messages: readonly string[];
  /** Where the binary says whether memory is shared, if threads may share it. */
  readonly limitsAt?: number;
  /** Whether engines need relaxed vectors for it. */
  readonly relaxed: boolean;
}

/** The number that stands for an imported function until all are known. */
interface Wanted {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export function wasmModule(plan: Plan): KernelModule {
  const wanted: Wanted[] = [];
  const messages: string[] = [];
  const number = (one: Wanted): number => {
    const at = wanted.findIndex(({ name }) => name === one.name);
    return at >= 0 ? at : wanted.push(one) - 1;
  };
  const imports: Imports = {
    function: (name, arity) =>
      number({ name, parameters: new Array<ValueType>(arity).fill("f64"), results: ["f64"] }),
    refusal: (message) => {
      const at = messages.indexOf(message);
      return {
        function: number({ name: "refuse", parameters: ["i32", "i32", "i32"], results: [] }),
        message: at >= 0 ? at : messages.push(message) - 1,
      };
    },
  };
  const exports = new Map<Kernel, string>();
  const functions = new Map<string, WasmFunction>();
  for (const { kernel } of [...plan.prepare, ...plan.run]) {
    if (exports.has(kernel) || drawOf(kernel)) continue;
    const key = keyOf(kernel);
    const known = functions.get(key);
    const made = known ?? {
      ...kernelFunction(kernel, imports, plan.relaxed === true),
      name: `k${functions.size}`,
    };
    functions.set(key, made);
    exports.set(kernel, made.name);
  }
  const imported = wanted.map(({ name, ...type }): ImportedFunction => ({ name, type }));
  const module: WasmModule = {
    imports: imported,
    functions: [...functions.values()],
    ...(plan.threads && { threads: true }),
  };
  const bytes = encodeModule(module);
  return {
    module,
    bytes,
    ...(plan.threads && { limitsAt: limitsAt(bytes) }),
    exports,
    imports: wanted.map(({ name }) => name).filter((name) => name !== "refuse"),
    messages,
    relaxed: module.functions.some(({ body }) => body.some(({ name }) => name.includes("relaxed"))),
  };
}

/** Equal for kernels that one function can serve: unlike in JavaScript, an access says what lies in memory. */
function keyOf(kernel: Kernel): string {
  return `${kernel.buffers.map(({ dtype }) => dtype).join()}\n${functionKey(kernel)}`;
}
