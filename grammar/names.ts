/** Names as a user may give them, and names of functions as other libraries have them. */
import { reservedWord } from "./tokens.ts";

/** True of a word that a user may give to a tensor, a layer or a block. */
export function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text) && !reservedWord(text);
}

/** A layer that does what a function of another library does. */
export interface Spelling {
  readonly layer: string;
  /** How many tensors flow into it. */
  readonly inputs: number;
}

/** Finds it by the function's name. The grammar knows no layer, so who parses brings this. */
export type Spell = (name: string) => Spelling | undefined;
