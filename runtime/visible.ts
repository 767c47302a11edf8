// Texts of users as they are shown: nothing in them moves a cursor, hides, turns round or ends a line.

/** Controls, formats, halves of surrogate pairs, what has no character; ends of lines; what is drawn as nothing. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A name or a path on one line: what would not be seen is written as its code, `\u{1b}`. */
export function visible(text: string): string {
  return text.replaceAll(HIDDEN, codeOf);
}

/** The same for a text of several lines: their ends and tabs stay. */
export function visibleLines(text: string): string {
  return text.replaceAll(HIDDEN, (character) => (isBreak(character) ? character : codeOf(character)));
}

/** JSON, or a string of JavaScript, of the same value in which all is seen: codes are those of JSON, `\u001b`. */
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
