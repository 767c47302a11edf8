/** No family of texts costs more than n log n. GROWTH.md has all of them; here are those that are counted quickly. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";
import { families } from "./families.ts";

interface Counted {
  readonly name: string;
  readonly work: string;
  readonly exponent: number;
  readonly allowed: number;
  readonly rows: readonly { readonly n: number; readonly steps: number; readonly code?: string }[];
}

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Costs go up in stairs, such as kernels of 64 nodes. */
const TOLERANCE = 0.1;

test("at most n log n", () => {
  const folder = mkdtempSync(join(tmpdir(), "nnc-growth-"));
  try {
    const outfile = join(folder, "counted.mjs");
    buildSync({ entryPoints: [pathOf("counted.ts")], outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" }); // prettier-ignore
    const args = ["--no-opt", pathOf("count.mjs"), outfile, "everyday"];
    const lines = execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n");
    const counted = lines.map((line) => JSON.parse(line) as Counted);
    expect(counted.filter(({ exponent, allowed }) => exponent > allowed + TOLERANCE)).toEqual([]);
    expect(counted.length).toBeGreaterThan(120);
    // A family that comes to another diagnostic no longer tries what it is there for.
    const codes = new Map(families.map(({ work, name, code }) => [`${work} ${name}`, code]));
    for (const { work, name, rows } of counted) {
      const wanted = codes.get(`${work} ${name}`);
      if (wanted !== undefined) expect([name, rows[0]!.code]).toEqual([name, wanted]);
      expect(rows.every(({ steps }) => steps > 0)).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
