/** Collects lines of code, indented by two spaces a level. */
export class Printer {
  readonly #lines: string[] = [];
  #depth = 0;

  line(text: string): this {
    this.#lines.push(text === "" ? "" : "  ".repeat(this.#depth) + text);
    return this;
  }

  /** Prints several lines at the current depth. */
  lines(text: string): this {
    for (const line of text.split("\n")) this.line(line);
    return this;
  }

  open(text: string): this {
    this.line(text);
    this.#depth++;
    return this;
  }

  close(text: string): this {
    this.#depth--;
    return this.line(text);
  }

  /** Closes one block and opens the next: `} else {`. */
  reopen(text: string): this {
    this.close(text);
    this.#depth++;
    return this;
  }

  text(): string {
    return this.#lines.join("\n");
  }
}
