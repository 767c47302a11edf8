/** What becomes of a source: the module of its text, or why there is none. */
import { compile, NnError, type CompileOptions, type Model, type Tensor } from "../compiler/index.ts";

interface CreateOptions {
  readonly weights?: Uint8Array | Readonly<Record<string, Tensor>> | undefined;
  readonly memory?: unknown;
  readonly wasm?: unknown;
  readonly seed?: number | bigint;
  readonly threads?: number | boolean;
}

export interface EmittedModule {
  readonly default: Model;
  create(options?: CreateOptions): Model;
  /** Of modules with kernels in WebAssembly. */
  createAsync?(options?: Parameters<EmittedModule["create"]>[0]): Promise<Model>;
  /** Of modules with weights outside. */
  load?(source?: Uint8Array, kernels?: unknown): Promise<Model>;
  selfTest(options?: { weights?: Uint8Array; wasm?: unknown }): number;
}

export async function imported(code: string): Promise<EmittedModule> {
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  return (await import(/* @vite-ignore */ url)) as EmittedModule;
}

/** What `compile` says against a source, or "taken". */
export function refusal(source: string, options: CompileOptions): string {
  try {
    compile(source, options);
  } catch (cause) {
    if (cause instanceof NnError) return cause.message;
    throw cause;
  }
  return "taken";
}
