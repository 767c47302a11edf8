/** Takes the names of wrappers out of names of weights, such as `module.`, which DataParallel adds. */
import { wholeOf } from "./parts.ts";

/** Modules that contain the net and do nothing else, and keys of dictionaries that contain its state dict. */
const wrappers: ReadonlySet<string> = new Set([
  "module",
  "_orig_mod",
  "_module",
  "_forward_module",
  "_fsdp_wrapped_module",
  "_checkpoint_wrapped_module",
  "model",
  "_model",
  "net",
  "network",
  "base_model",
  "inner_model",
  "wrapped_model",
  "ema",
  "ema_model",
  "model_ema",
  "online_model",
  "averaged_model",
  "params",
  "params_ema",
  "state_dict",
  "model_state_dict",
  "model_state",
  "ema_state_dict",
  "model_ema_state_dict",
]);

/** At most this many wrappers are tried, as each doubles the number of possible names. */
const MAX_WRAPPERS = 6;

/**
 * The new names by the old ones, with those wrappers taken out that keep names from matching the net's; and these
 * wrappers. Undefined if there are several ways to do so, or if two names would become the same.
 */
export function unwrapped(
  names: readonly string[],
  wanted: ReadonlySet<string>,
): { names: ReadonlyMap<string, string>; wrappers: readonly string[] } | undefined {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const off = new Set<string>();
  for (const name of names) {
    const bare = isWanted(name, wanted) ? { name, off: [] } : bareName(name, wanted);
    if (!bare || taken.has(bare.name)) return undefined;
    taken.add(bare.name);
    found.set(name, bare.name);
    for (const one of bare.off) off.add(one);
  }
  return { names: found, wrappers: [...off] };
}

function isWanted(name: string, wanted: ReadonlySet<string>): boolean {
  return wanted.has(name) || wanted.has(wholeOf(name) ?? name);
}

/**
 * The name itself if it matches; else the name with as few wrappers as possible taken out, if there is only one
 * way.
 */
function bareName(
  name: string,
  wanted: ReadonlySet<string>,
): { name: string; off: readonly string[] } | undefined {
  const parts = name.split(".");
  const places = parts.slice(0, -1).flatMap((part, at) => (wrappers.has(part) ? [at] : []));
  if (places.length > MAX_WRAPPERS) return { name, off: [] };
  let best: { name: string; off: readonly string[] }[] = [];
  for (let choice = 1; choice < 2 ** places.length; choice++) {
    const off = places.filter((_, i) => (choice >> i) % 2 === 1);
    const bare = parts.filter((_, at) => !off.includes(at)).join(".");
    if (!isWanted(bare, wanted) || off.length > (best[0]?.off.length ?? Infinity)) continue;
    if (off.length < (best[0]?.off.length ?? Infinity)) best = [];
    if (!best.some((other) => other.name === bare))
      best.push({ name: bare, off: off.map((at) => parts[at]!) });
  }
  return best.length > 1 ? undefined : (best[0] ?? { name, off: [] });
}
