/** Names, messages and numbers as printed IR holds them: as they are where that is clear, else as JSON strings. */
import { visible, visibleJson } from "../../runtime/visible.ts";

/** A name, which other things may follow on its line: `fc.weight`, `"my input"`. */
export function wordText(name: string): string {
  return /^[A-Za-z_$][\w$.]*$/.test(name) ? name : quotedText(name);
}

/** A path in the state dict, which may begin with a number: `0.weight`. */
export function pathText(path: string): string {
  return /^[\w$.]+$/.test(path) ? path : quotedText(path);
}

/** A text that ends its line: `check N >= 2: there must be two rows`. */
export function lineText(text: string): string {
  const isClear = text !== "" && text === text.trim() && !text.startsWith('"') && text === visible(text);
  return isClear ? text : quotedText(text);
}

export function quotedText(text: string): string {
  return visibleJson(JSON.stringify(text)).replaceAll("\t", String.raw`\t`);
}

/** A number such that reading it gives the same one, the zeros told apart. */
export function exactText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
