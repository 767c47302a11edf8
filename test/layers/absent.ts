/**
 * Layers that the recorded cases have and the table of layers has not: their cases wait. A layer that comes
 * to be is taken off this list, which test/layers/torch.test.ts sees to.
 */
import { records } from "../../compiler/layers/index.ts";

export const ABSENT: ReadonlySet<string> = new Set([]);

/** Of the names, those that stand on the list. */
export function absent(names: readonly string[]): string[] {
  return names.filter((name) => ABSENT.has(name));
}

/** What stands on the list although it exists. */
export function present(): string[] {
  return [...ABSENT].filter((name) => records.has(name));
}
