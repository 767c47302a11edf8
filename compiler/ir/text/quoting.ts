/**
 * Names, messages and numbers in printed IR. They are printed as they are where that is unambiguous, else as JSON
 * strings.
 */
import { visible, visibleJson } from "../../../runtime/visible.ts";

/** A name that other words may follow on its line: `fc.weight`, `"my input"`. */
export function wordText(name: string): string {
  return /^[A-Za-z_$][\w$.]*$/.test(name) ? name : quotedText(name);
}

/** A path in the state dict, which may begin with a digit: `0.weight`. */
export function pathText(path: string): string {
  return /^[\w$.]+$/.test(path) ? path : quotedText(path);
}

/** A text at the end of a line: `check N >= 2: there must be two rows`. */
export function lineEndText(text: string): string {
  const isClear = text !== "" && text === text.trim() && !text.startsWith('"') && text === visible(text);
  return isClear ? text : quotedText(text);
}

export function quotedText(text: string): string {
  return visibleJson(JSON.stringify(text)).replaceAll("\t", String.raw`\t`);
}

/** A number's text, from which the same number is read back; 0 and -0 have different texts. */
export function exactText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
