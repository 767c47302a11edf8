// Makes users' texts safe to show: no character in them moves a cursor, hides or reverses text, or ends a line.

/**
 * Control and format characters, halves of surrogate pairs, unassigned characters, line separators, and
 * characters that are drawn as nothing.
 */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A name or a path on one line, in which each invisible character is written as its code, `\u{1b}`. */
export function visible(text: string): string {
  return text.replaceAll(HIDDEN, codeOf);
}

/** The same for a text of several lines, whose line ends and tabs are kept. */
export function visibleLines(text: string): string {
  return text.replaceAll(HIDDEN, (character) => (isBreak(character) ? character : codeOf(character)));
}

/**
 * JSON, or a string of JavaScript, with the same value, in which invisible characters are written as JSON's
 * codes, `\u001b`.
 */
export function visibleJson(json: string): string {
  return json.replaceAll(HIDDEN, (character) => {
    if (isBreak(character)) return character;
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

function isBreak(character: string): boolean {
  return character === "\n" || character === "\t";
}

function codeOf(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
