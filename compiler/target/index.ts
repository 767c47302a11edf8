/** All targets, by the names that `--target` takes. */
import { js } from "./js.ts";
import { relaxedWasm, wasm, wasmThreads } from "./wasm.ts";
import type { Target } from "./target.ts";

export const targets: { readonly [Name in Target["name"]]: Target } = { js, wasm };

/** What a user may choose. With `wasm,js` a module has both, and takes JavaScript where an engine has no WebAssembly. */
export type TargetChoice = Target["name"] | "wasm,js" | "auto";

export const targetChoices: readonly TargetChoice[] = [
  "auto",
  ...(Object.keys(targets) as Target["name"][]),
  "wasm,js",
];

/** The target of a choice, and the one that stands in for it where an engine lacks what it needs. */
export interface Chosen {
  readonly target: Target;
  readonly fallback?: Target;
  /** Where the choice was `auto`, the multiply-accumulates of a call that decided. */
  readonly macs?: number;
}

/**
 * `auto` is `wasm,js` where a call has at least this many multiply-accumulates, and else JavaScript. There JavaScript takes some
 * 70 µs a call and WebAssembly a tenth of it, which is worth the 10 KB by which the text of both is longer. Below, JavaScript
 * is quick enough, and its text is short and runs anywhere.
 */
export const AUTO_MACS = 100_000;

/** What a user allows WebAssembly beyond what all engines do. */
export interface Allowed {
  readonly relaxed?: boolean | undefined;
  readonly threads?: boolean | undefined;
}

/**
 * The targets of a choice. `macs` gives the multiply-accumulates of a call, at the least sizes that it may have. WebAssembly is
 * the relaxed one, or has threads, where that is allowed.
 */
export function chosenTargets(
  choice: TargetChoice,
  macs: () => number,
  { relaxed = false, threads = false }: Allowed = {},
): Chosen {
  const alone = relaxed ? relaxedWasm : wasm;
  const vectors: Target = threads ? { ...alone, threads: wasmThreads } : alone;
  if (choice === "js") return { target: js };
  if (choice === "wasm") return { target: vectors };
  if (choice === "wasm,js") return { target: vectors, fallback: js };
  const found = macs();
  return found < AUTO_MACS ? { target: js, macs: found } : { target: vectors, fallback: js, macs: found };
}
