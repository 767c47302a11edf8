// The report: on the console as it comes about, and as a page at the end.
import { format } from "prettier";

/** The first row is the head. @typedef {readonly (readonly string[])[]} Rows */

export class Report {
  /** @type {string[]} @readonly */
  #page = [];

  /** @param {string} title */
  title(title) {
    this.#page.push(`# ${title}`);
    console.log(title);
  }

  /** @param {string} title */
  heading(title) {
    this.#page.push(`## ${title}`);
    console.log(`\n${title}\n${"-".repeat(title.length)}`);
  }

  /** @param {string} text */
  text(text) {
    this.#page.push(text);
    console.log(`\n${text}`);
  }

  /** @param {readonly string[]} items */
  list(items) {
    if (items.length === 0) return;
    this.#page.push(items.map((item) => `- ${item}`).join("\n"));
    console.log(`\n${items.map((item) => `  - ${item}`).join("\n")}`);
  }

  /** The first column to the left, the others to the right. @param {Rows} rows */
  table(rows) {
    const [head, ...body] = rows.map((row) => `| ${row.join(" | ")} |`);
    const rule = `| ${rows[0].map((_, column) => (column === 0 ? ":--" : "--:")).join(" | ")} |`;
    this.#page.push([head, rule, ...body].join("\n"));
    console.log();
    printTable(rows);
  }

  /** In the form that `npm run check` asks for. */
  page() {
    return format(this.#page.join("\n\n"), { parser: "markdown", printWidth: 110 });
  }
}

/** @param {Rows} rows */
export function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join("   ").trimEnd()}`);
  }
}

/** @param {number} ms @returns {string} */
export function time(ms) {
  if (ms < 0) return `-${time(-ms)}`;
  if (ms < 1e-3) return `${digits(ms * 1e6)} ns`;
  if (ms < 1) return `${digits(ms * 1e3)} µs`;
  if (ms < 1e3) return `${digits(ms)} ms`;
  return `${digits(ms / 1e3)} s`;
}

/** The median, and half the distance between the quartiles in parts of it. @param {import("./measure.mjs").Times} times */
export function timeWithNoise({ median, lower, upper }) {
  return `${time(median)} ± ${Math.round((50 * (upper - lower)) / median)} %`;
}

/** @param {number} count */
export function bytes(count) {
  if (count < 1e3) return `${count} B`;
  if (count < 1e6) return `${digits(count / 1e3)} kB`;
  return count < 1e9 ? `${digits(count / 1e6)} MB` : `${digits(count / 1e9)} GB`;
}

/** Three digits: more would be noise. @param {number} value */
export function digits(value) {
  if (value < 1e-3) return value.toExponential(1);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
