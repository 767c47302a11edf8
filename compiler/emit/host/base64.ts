/** Bytes inside emitted text. */

/** The characters of base64, each of which stands for six bits. */
export const sextets: string = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes as base64, without the padding at its end. */
export function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("=", "");
}

/**
 * The most characters of base64 in a line. A string literal continues after a backslash at the end of a line, which
 * adds nothing to the string.
 */
const MAX_LINE_CHARACTERS = 120;
const CONTINUED = "\\\n";

/** JS text of a string of base64. */
export function base64Literal(base64: string): string {
  const lines = Array.from({ length: Math.ceil(base64.length / MAX_LINE_CHARACTERS) }, (_, i) =>
    base64.slice(i * MAX_LINE_CHARACTERS, (i + 1) * MAX_LINE_CHARACTERS),
  );
  return `"${CONTINUED}${lines.join(CONTINUED)}"`;
}

/** The expression for the six bits of a character code. It stands alone, as `atob` belongs to the web and some threads there lack it. */
const SIX_BITS = "c + (c > 96 ? -71 : c > 64 ? -65 : c > 47 ? 4 : c > 43 ? 16 : 19)";

/** The text of `sextet`, which returns the six bits of a character. */
export const sextet: string = `function sextet(text, at) {
  const c = text.charCodeAt(at);
  return ${SIX_BITS};
}`;

/** The lines that decode the base64 in `text` to `bytes`, in the body of a function. */
export const decoding: string = `const bytes = new Uint8Array(text.length * 3 >> 2);
  for (let i = 0, bits = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    bits = bits << 6 | ${SIX_BITS};
    bytes[i * 3 >> 2] = bits >> 6 - i % 4 * 2;
  }`;
