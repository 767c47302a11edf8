/** Bytes inside emitted text. */

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

/** The lines that decode the base64 in `text` to `bytes`. They stand alone, as `atob` belongs to the web and some threads there lack it. */
export const decoding: string = `const bytes = new Uint8Array(text.length * 3 >> 2);
  for (let i = 0, bits = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    bits = bits << 6 | c + (c > 96 ? -71 : c > 64 ? -65 : c > 47 ? 4 : c > 43 ? 16 : 19);
    bytes[i * 3 >> 2] = bits >> 6 - i % 4 * 2;
  }`;
