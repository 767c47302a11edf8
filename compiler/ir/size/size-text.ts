/** Sizes as texts for people. Texts have bounded length: parts that are left out of a long one become "…". */
import { appendTerm, atomText, inBrackets } from "./size-key.ts";
import { key, type Atom, type Size } from "./size.ts";

/** The most characters of a size in a message or a listing; beyond, parts of it become "…". */
const MAX_TEXT = 200;

/** The text of a size for people, of about `room` characters at most. */
export function sizeText(size: Size, room: number = MAX_TEXT): string {
  const own = key(size);
  if (typeof size === "number" || (!own.includes("#") && own.length <= room)) return own;
  if (room < MIN_TEXT) return "…";
  const shown = size.terms.slice(0, Math.ceil(room / MIN_TEXT));
  const each = Math.floor(room / shown.length);
  let text = "";
  for (const { coefficient, atoms } of shown) text = appendTerm(text, coefficient, termText(atoms, each));
  return shown.length < size.terms.length ? `${text} + …` : appendTerm(text, size.constant, "");
}

/** The text of one factor of a size for people. */
export function factorText(atom: Atom): string {
  return termText([atom], MAX_TEXT);
}

const MIN_TEXT = 12;

function termText(atoms: readonly Atom[], room: number): string {
  const shown = atoms.slice(0, Math.ceil(room / MIN_TEXT));
  const each = Math.floor(room / shown.length);
  const texts = shown.map((atom) => {
    if (atom.kind === "symbol")
      return atom.name.length > room ? `${atom.name.slice(0, MIN_TEXT)}…` : atom.name;
    if (!atom.key.includes("#") && atom.key.length <= each) return atom.key;
    const [left, right] = [atom.left, atom.right].map((side) => inBrackets(sizeText(side, each / 2)));
    return atomText(atom.kind, left!, right!);
  });
  return [...texts, ...(shown.length < atoms.length ? ["…"] : [])].join(" * ");
}

/** The text of a size for people, in brackets where it is more than a number or a name. */
export function bracketedText(size: Size): string {
  return inBrackets(sizeText(size));
}
