/** Prints numbers, sizes and tables for people to read. */
import { visible } from "../../runtime/visible.ts";
import { factorText } from "../ir/size/size-text.ts";
import { monomials, type Size } from "../ir/size/size.ts";

/** The number with commas: `1,234,567`. */
export function groupedNumber(value: number): string {
  return String(value).replaceAll(/\d(?=(?:\d{3}){1,7}$)/g, "$&,");
}

/** A number, or a formula in sizes that are known only at the call: `100,352 * N + 10`. */
export function formulaText(size: Size): string {
  return formula(size, groupedNumber, 1);
}

/** The size as bytes: `512 B`, `1.5 kB`, `25.6 MB`, `1.5 kB * N + 40 B`. A kB is 1000 bytes. */
export function bytesText(size: Size): string {
  return formula(size, scaled, undefined);
}

/** The formula of a size. A coefficient that equals `unit` is not written. */
function formula(size: Size, print: (value: number) => string, unit: number | undefined): string {
  if (typeof size === "number") return size < 0 ? `-${print(-size)}` : print(size);
  let text = "";
  for (const { coefficient, atoms } of monomials(size)) {
    const magnitude = Math.abs(coefficient);
    const texts = atoms.map(factorText);
    const factors = magnitude === unit && texts.length > 0 ? texts : [print(magnitude), ...texts];
    const sign = coefficient < 0 ? "-" : "+";
    text += text === "" ? (sign === "-" ? "-" : "") : ` ${sign} `;
    text += factors.join(" * ");
  }
  return text;
}

function scaled(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  // 999.95 kB would print as 1000.0 kB.
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < units.length - 1)
    [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A number with its noun: `1 kernel`, `2 kernels`. */
export function counted(count: number, noun: string): string {
  return `${groupedNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A list in words: `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/**
 * The lines of a table whose columns are two spaces apart. Columns whose numbers are in `right` are aligned at
 * the right.
 */
export function table(cells: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const rows = cells.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}
