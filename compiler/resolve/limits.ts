/**
 * The limits of one elaboration: it ends when a net grows too large, or when a candidate for its input does not
 * fit.
 */
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Span } from "../../grammar/source.ts";
import { SizeLimit } from "../ir/size/size-limit.ts";
import * as errors from "./errors.ts";
import type { Reports } from "./reports.ts";

export const MAX_LAYERS = 100_000;
/** The greatest depth of blocks and rounds within one another. */
export const MAX_BLOCK_NESTING = 200;
/**
 * The greatest depth of expressions within expressions and calls within calls, together. The stack has room for
 * several times as many.
 */
const MAX_DEPTH = 1000;

export class Limits {
  /** Whether the elaboration has ended: nothing more is made. */
  halted = false;
  readonly #reports: Reports;
  readonly #isTrial: boolean;
  #layers = 0;
  #depth = 0;

  /** A trial elaborates with a candidate for the input: it ends at the first error about shapes (NN2…). */
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

  /** Counts a layer, block or round. Returns false if there are too many, or if the elaboration has ended. */
  count(span: Span): boolean {
    if (this.halted) return false;
    if (++this.#layers <= MAX_LAYERS) return true;
    this.halt(errors.tooManyLayers(span, MAX_LAYERS));
    return false;
  }

  /** Elaborates a nested expression or layer with `run`, unless it is nested too deep. */
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

  /** Calls `run`, which computes sizes. Returns `otherwise` if one of them becomes too complicated. */
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
