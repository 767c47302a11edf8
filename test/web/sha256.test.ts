/** The compiler's own SHA-256 against Node's. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "../../compiler/ir/util/sha256.ts";

test("texts of all lengths about a block, and beyond ASCII", () => {
  const texts = [
    ...Array.from({ length: 200 }, (_, n) => "layer -> norm;\n".repeat(14).slice(0, n)),
    "é → 層",
    "\u{1f600}\ud800",
    "\0".repeat(100_000),
  ];
  for (const text of texts) expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
});
