/** One slip should give one message: tokens of real nets are dropped, doubled and swapped. */
import { expect, test } from "vitest";
import { parse } from "../../grammar/index.ts";
import { lex } from "../../grammar/lexer.ts";
import { NETS, messages } from "./support.ts";

const SLIPS = 1500;

/** Mulberry32: small, and the same everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Slip {
  readonly file: string;
  readonly what: string;
  readonly text: string;
}

function slips(): Slip[] {
  const next = random(20);
  const pick = (count: number): number => Math.floor(next() * count);
  return Array.from({ length: SLIPS }, (): Slip => {
    const source = NETS[pick(NETS.length)]!;
    const tokens = lex(source).tokens.filter((token) => token.tokenType.name !== "Newline");
    const at = pick(tokens.length - 1);
    const [one, two] = [tokens[at]!, tokens[at + 1]!];
    const before = source.text.slice(0, one.startOffset);
    const between = source.text.slice(one.startOffset + one.image.length, two.startOffset);
    const after = source.text.slice(two.startOffset + two.image.length);
    const { file } = source;
    switch (pick(3)) {
      case 0:
        return { file, what: `dropped ${one.image}`, text: `${before}${between}${two.image}${after}` };
      case 1: {
        const doubled = `${one.image} ${one.image}`;
        return {
          file,
          what: `doubled ${one.image}`,
          text: `${before}${doubled}${between}${two.image}${after}`,
        };
      }
      default: {
        const what = `swapped ${one.image} ${two.image}`;
        return { file, what, text: `${before}${two.image}${between}${one.image}${after}` };
      }
    }
  });
}

test("of the slips that are errors, nine of ten give exactly one message", () => {
  let wrong = 0;
  const several: string[] = [];
  for (const { file, what, text } of slips()) {
    const { diagnostics } = parse({ file, text });
    if (diagnostics.length === 0) continue;
    wrong++;
    if (diagnostics.length > 1) several.push(`${file}: ${what}\n    ${messages(text).join("\n    ")}`);
  }
  const share = (100 * (wrong - several.length)) / wrong;
  console.log(`slips: ${SLIPS}, errors: ${wrong}, with one message: ${share.toFixed(1)} %`);
  expect(wrong).toBeGreaterThan(400);
  expect(share, several.join("\n")).toBeGreaterThan(90);
});
