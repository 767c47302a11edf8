/** SECURITY.md: its limits are those of the code. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = readFileSync(`${root}SECURITY.md`, "utf8");
const rows = [...page.matchAll(/^\| ([\d,]+) +\| (.*?) +\| `(\w+)` in (\S+) +\|$/gm)];

/** The value of a constant as its file declares it. */
function valueIn(path: string, name: string): number {
  const text = readFileSync(`${root}${path}`, "utf8");
  const [, value] =
    new RegExp(`^(?:export )?const ${name}(?:: number)? = ([\\d_ *+-]+);`, "m").exec(text) ?? [];
  // Digits and operators alone.
  // oxlint-disable-next-line typescript/no-implied-eval
  return value === undefined ? NaN : (new Function(`return ${value}`) as () => number)();
}

test.each(rows.map(([, most, what, name, path]) => ({ most: most!, what: what!, name: name!, path: path! })))(
  "at most $most: $what",
  ({ most, name, path }) => {
    expect(valueIn(path, name)).toBe(Number(most.replaceAll(",", "")));
  },
);

test("every line of the table was read", () => {
  const lines = page.split("\n").filter((line) => /^\| [\d,]+ /.test(line));
  expect(rows.length).toBe(lines.length);
  expect(rows.length).toBeGreaterThan(10);
});
