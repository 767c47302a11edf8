/** Phrases that messages share. */
import { didYouMean } from "../../grammar/diagnostics.ts";

export function list(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => `\`${name}\``);
  if (names.length > shown.length) shown.push("…");
  return shown.join(", ");
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** "did you mean", or else what there is. */
export function meant(name: string, candidates: readonly string[], otherwise?: string): string | undefined {
  const near = didYouMean(name, candidates);
  return near === undefined ? otherwise : `did you mean \`${near}\`?`;
}
