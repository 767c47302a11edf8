/** All targets, by the names that `--target` takes. */
import { js } from "./js.ts";
import { wasm } from "./wasm.ts";
import type { Target } from "./target.ts";

export const targets: { readonly [Name in Target["name"]]: Target } = { js, wasm };

/** What a user may choose. With `wasm,js` a module has both, and takes JavaScript where an engine has no WebAssembly. */
export type TargetChoice = Target["name"] | "wasm,js" | "auto";

export const targetChoices: readonly TargetChoice[] = ["auto", ...nameOf(targets), "wasm,js"];

function nameOf(all: typeof targets): Target["name"][] {
  return Object.keys(all) as Target["name"][];
}

/** The target of a choice, and the one that stands in for it where an engine lacks what it needs. */
export interface Chosen {
  readonly target: Target;
  readonly fallback?: Target;
}

/** The targets of a choice; `auto` stands for JavaScript. */
export function chosenTargets(name: TargetChoice): Chosen {
  if (name === "wasm,js") return { target: wasm, fallback: js };
  return { target: name === "auto" ? js : targets[name] };
}

export function chosenTarget(name: TargetChoice): Target {
  return chosenTargets(name).target;
}
