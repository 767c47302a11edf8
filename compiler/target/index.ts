/** All targets, by the names that `--target` takes. */
import { js } from "./js.ts";
import { wasm } from "./wasm.ts";
import type { Target } from "./target.ts";

export const targets: { readonly [Name in Target["name"]]: Target } = { js, wasm };

/** What `auto` stands for. */
export function chosenTarget(name: Target["name"] | "auto"): Target {
  return name === "auto" ? js : targets[name];
}
