/** The limits of one elaboration: it ends where a net grows too large, or where its input turns out not to fit. */
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Span } from "../../grammar/source.ts";
import { SizeLimit } from "../ir/size-limit.ts";
import * as errors from "./errors.ts";
import type { Reports } from "./reports.ts";

export const MAX_LAYERS = 100_000;
/** Blocks and rounds within one another. */
export const MAX_NESTING = 200;
/** Expressions within expressions and calls within calls, together. The stack has room for several times as many. */
const MAX_DEPTH = 1000;

export class Limits {
  /** Nothing more is made. */
  halted = false;
  readonly #reports: Reports;
  readonly #isTrial: boolean;
  #layers = 0;
  #depth = 0;

  /** A trial is of an input that is only a candidate: it ends at the first error about shapes (NN2…). */
  constructor(reports: Reports, isTrial: boolean) {
    this.#reports = reports;
    this.#isTrial = isTrial;
  }

  report(diagnostic: Diagnostic | (() => Diagnostic)): void {
    this.#reports.add(diagnostic);
    if (typeof diagnostic === "function") return;
    const { code, severity } = diagnostic;
    if (this.#isTrial && code.startsWith("NN2") && severity === "error") this.halted = true;
  }

  /** Reports an error after which nothing more can be made. */
  halt(diagnostic: Diagnostic): void {
    this.report(diagnostic);
    this.halted = true;
  }

  /** Counts a layer, block or round; false when there are too many, or when the elaboration has ended. */
  count(span: Span): boolean {
    if (this.halted) return false;
    if (++this.#layers <= MAX_LAYERS) return true;
    this.halt(errors.tooManyLayers(span, MAX_LAYERS));
    return false;
  }

  /** Runs an expression or layer that stands within another, unless it is nested too deep. */
  nested<T>(span: Span, otherwise: T, run: () => T): T {
    if (this.halted) return otherwise;
    if (this.#depth >= MAX_DEPTH) {
      this.halt(errors.tooDeep(span));
      return otherwise;
    }
    this.#depth++;
    const result = this.limited(span, otherwise, run);
    this.#depth--;
    return result;
  }

  /** Runs what makes sizes; gives `otherwise` where one of them becomes too complicated. */
  limited<T>(span: Span, otherwise: T, run: () => T): T {
    const depth = this.#depth;
    try {
      return run();
    } catch (error) {
      if (!(error instanceof SizeLimit)) throw error;
      this.#depth = depth;
      this.report(errors.sizeTooComplicated(span, error.message));
      return otherwise;
    }
  }
}
