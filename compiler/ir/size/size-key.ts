/** How sizes are written in their keys, which tell whether two are equal, and in texts for people. */
import { sha256 } from "../util/sha256.ts";

export type Operator = "floordiv" | "mod" | "min" | "max";

/** The most characters of a key. */
const MAX_KEY = 256;

const signOf = { floordiv: "//", mod: "%" };

/** The text of an operator. Operands come with their brackets, which a minimum and a maximum do not need. */
export function atomText(kind: Operator, left: string, right: string): string {
  if (kind === "floordiv" || kind === "mod") return `(${left} ${signOf[kind]} ${right})`;
  return `${kind}(${bare(left)}, ${bare(right)})`;
}

function bare(text: string): string {
  return text.startsWith("(") ? text.slice(1, -1) : text;
}

/** A size's text, in brackets where it is more than a number or a name. */
export function inBrackets(text: string): string {
  return /^[\w.]+$/.test(text) ? text : `(${text})`;
}

/** The text as a key: itself, or `#` and a digest of it where it is long. */
export function shortened(text: string): string {
  return text.length <= MAX_KEY ? text : `#${sha256(text).slice(0, 40)}`;
}

/** Adds a term to the text of a sum. The constant is the term without atoms. */
export function appendTerm(text: string, coefficient: number, atoms: string): string {
  if (coefficient === 0) return text;
  const magnitude = Math.abs(coefficient);
  const sign = coefficient < 0 ? "-" : "+";
  const before = text === "" ? (coefficient < 0 ? "-" : "") : `${text} ${sign} `;
  if (atoms === "") return `${before}${magnitude}`;
  return magnitude === 1 ? before + atoms : `${before}${magnitude} * ${atoms}`;
}
