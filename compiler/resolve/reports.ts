/**
 * Collects diagnostics. Each place is reported once, and no more than a hundred diagnostics are kept. A
 * diagnostic that is costly to make, for example because it searches among names, is passed as a function, which
 * is not called beyond that limit.
 */
import { MAX_DIAGNOSTICS, type Diagnostic } from "../../grammar/diagnostics.ts";

export class Reports {
  readonly #seen = new Set<string>();
  readonly #list: Diagnostic[] = [];

  add(given: Diagnostic | (() => Diagnostic)): void {
    if (this.#list.length >= MAX_DIAGNOSTICS) return;
    const diagnostic = typeof given === "function" ? given() : given;
    const { code, span } = diagnostic;
    const key = `${code} ${span.file}:${span.start}-${span.end}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#list.push(diagnostic);
  }

  get count(): number {
    return this.#list.length;
  }

  has(test: (diagnostic: Diagnostic) => boolean): boolean {
    return this.#list.some(test);
  }

  get failed(): boolean {
    return this.has((diagnostic) => diagnostic.severity === "error");
  }

  /** The diagnostics in the order of their places, with files in the order in which they were first met. */
  sorted(): Diagnostic[] {
    const files = new Map<string, number>();
    for (const { span } of this.#list) if (!files.has(span.file)) files.set(span.file, files.size);
    return [...this.#list].sort(
      (a, b) => files.get(a.span.file)! - files.get(b.span.file)! || a.span.start - b.span.start,
    );
  }
}
