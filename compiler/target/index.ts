/** All targets, by the names that `--target` takes. */
import { js } from "./js.ts";
import { wasm } from "./wasm.ts";
import type { Target } from "./target.ts";

export const targets: { readonly [Name in Target["name"]]: Target } = { js, wasm };

/** What a user may choose. */
export type TargetChoice = Target["name"] | "auto";

/** The target of a choice; `auto` stands for JavaScript. */
export function chosenTarget(name: TargetChoice): Target {
  return name === "auto" ? js : targets[name];
}
