// Decimal texts as C's printf and Python give them. `toFixed` and `toExponential` differ from those: they round exact
// ties away from zero, write `e-5` for `e-05`, and `toFixed` changes notation at 1e21.

/** `%.{digits}f` of a finite number, rounded half-to-even on its exact binary value; -0 keeps its sign. */
export function fixed(value: number, digits: number): string {
  const [numerator, denominator] = exactRatio(Math.abs(value));
  const scaled = String(divideHalfEven(numerator * 10n ** BigInt(digits), denominator)).padStart(
    digits + 1,
    "0",
  );
  const point = scaled.length - digits;
  return sign(value) + scaled.slice(0, point) + (digits > 0 ? `.${scaled.slice(point)}` : "");
}

/** `%.{digits}e` of a finite number, rounded half-to-even on its exact binary value; at least two exponent digits. */
export function scientific(value: number, digits: number): string {
  const [numerator, denominator] = exactRatio(Math.abs(value));
  let exponent = value === 0 ? 0 : Number(value.toExponential().split("e")[1]);
  const shift = digits - exponent;
  const [up, down] = shift >= 0 ? [10n ** BigInt(shift), 1n] : [1n, 10n ** BigInt(-shift)];
  let text = String(divideHalfEven(numerator * up, denominator * down)).padStart(digits + 1, "0");
  if (text.length > digits + 1) {
    // 9.99996 became 10.0000.
    text = text.slice(0, -1);
    exponent += 1;
  }
  const mantissa = digits > 0 ? `${text[0]}.${text.slice(1)}` : text;
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign(value)}${mantissa}e${exponent < 0 ? "-" : "+"}${power}`;
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

const bits = new DataView(new ArrayBuffer(8));

/** A finite number >= 0 as numerator over denominator, the denominator a power of two. */
function exactRatio(value: number): [numerator: bigint, denominator: bigint] {
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = Number(raw >> 52n);
  const fraction = raw & ((1n << 52n) - 1n);
  const significand = exponent === 0 ? fraction : fraction | (1n << 52n);
  const shift = Math.max(exponent, 1) - 1075;
  return shift >= 0 ? [significand << BigInt(shift), 1n] : [significand, 1n << BigInt(-shift)];
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const roundUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return roundUp ? quotient + 1n : quotient;
}
