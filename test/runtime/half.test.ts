import { expect, test } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../runtime/half.ts";
import { randomOf } from "../differential/random.ts";

const formats = [
  { name: "binary16", from: fromFloat16, to: toFloat16, infinity: 0x7c00 },
  { name: "bfloat16", from: fromBfloat16, to: toBfloat16, infinity: 0x7f80 },
] as const;

const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

function rounded(to: typeof toFloat16, values: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(values.length);
  to(Float32Array.from(values), halves);
  return halves;
}

test.each(formats)("$name: every number comes back, and nan stays nan", ({ from, to }) => {
  const values = from(new Uint8Array(all.buffer));
  const back = rounded(to, values);
  for (let i = 0; i < all.length; i++) {
    if (Number.isNaN(values[i])) expect(from(new Uint8Array(back.buffer, 2 * i, 2))[0]).toBeNaN();
    else if (back[i] !== i) expect(back[i]).toBe(i);
  }
});

test("known numbers", () => {
  const halves = Uint16Array.of(0x3c00, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0xfc00);
  expect([...fromFloat16(new Uint8Array(halves.buffer))]).toEqual([
    1,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    65504,
    -0,
    -Infinity,
  ]);
  const brains = Uint16Array.of(0x3f80, 0x0001, 0x7f7f, 0x8000);
  expect([...fromBfloat16(new Uint8Array(brains.buffer))]).toEqual([1, 2 ** -133, 255 * 2 ** 120, -0]);
});

test.each(formats)("$name: rounds to the nearest, ties to the even one", ({ from, to, infinity }) => {
  const random = randomOf(1);
  const values = from(new Uint8Array(all.buffer));
  // The next after the largest would be this, were there one more exponent.
  const next = 2 * values[infinity - 1]! - values[infinity - 2]!;
  for (let low = 0; low < infinity; low++) {
    const [a, b] = [values[low]!, low + 1 === infinity ? next : values[low + 1]!];
    const middle = a / 2 + b / 2;
    const even = low % 2 === 0 ? low : low + 1;
    const below = a + (middle - a) * 0.998 * random();
    const above = b - (b - middle) * 0.998 * random();
    const texts = [...rounded(to, [a, below, middle, above, -middle])];
    const wanted = [low, low, even, low + 1, even + 0x8000];
    if (texts.join() !== wanted.join()) expect({ low, texts }).toEqual({ low, texts: wanted });
  }
});
