// Text of the report: aligned tables, times in a unit that suits them.

/** @param {number} ms */
export function time(ms) {
  if (Number.isNaN(ms)) return "failed";
  if (ms < 1e-3) return `${digits(ms * 1e6)} ns`;
  if (ms < 1) return `${digits(ms * 1e3)} µs`;
  if (ms < 1e3) return `${digits(ms)} ms`;
  return `${digits(ms / 1e3)} s`;
}

/** Three digits: more would be noise. @param {number} value */
export function digits(value) {
  if (Number.isNaN(value)) return "–";
  if (value < 1e-3) return value.toExponential(1);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** @param {string} title */
export function heading(title) {
  console.log(`\n${title}\n${"-".repeat(title.length)}`);
}

/** The first column to the left, numbers to the right. @param {readonly (readonly string[])[]} rows */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join("   ").trimEnd()}`);
  }
}
