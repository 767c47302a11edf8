/** The mode of each layer: that of the net, but for layers that are named by their paths. */
import { captures } from "../ir/text/wildcards.ts";
import type { Mode } from "../layers/record.ts";

/** Patterns of paths, by the mode that the layers have. */
export interface ModePatterns {
  readonly train: readonly string[];
  readonly eval: readonly string[];
}

export class LayerModes {
  readonly #mode: Mode;
  readonly #exceptions: readonly string[];
  readonly #kept: readonly string[];

  /** Patterns of the other mode make exceptions, and those of the net's own mode exceptions from these. */
  constructor(mode: Mode, patterns: ModePatterns) {
    this.#mode = mode;
    this.#exceptions = mode === "train" ? patterns.eval : patterns.train;
    this.#kept = patterns[mode];
  }

  /** The mode of the layer at a path. */
  of(path: string): Mode {
    const isOther =
      this.#exceptions.some((one) => names(one, path)) && !this.#kept.some((one) => names(one, path));
    if (!isOther) return this.#mode;
    return this.#mode === "train" ? "eval" : "train";
  }
}

/** Whether a pattern matches the path of a layer, or of a block around it. */
export function names(pattern: string, path: string): boolean {
  const parts = path.split(".");
  return parts.some((_, i) => captures(pattern, parts.slice(0, i + 1).join(".")) !== undefined);
}
