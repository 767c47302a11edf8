/** Names that users may give, and the names of functions in other libraries. */
import { reservedWord } from "./tokens.ts";

/** Whether a user may give this name to a tensor, a layer or a block. */
export function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text) && !reservedWord(text);
}

/** A layer that does what a function of another library does. */
export interface Spelling {
  readonly layer: string;
  /** The number of tensors that the layer takes. */
  readonly inputs: number;
}

/**
 * Finds the layer by the function's name. The grammar knows no layers, so the caller of the parser provides this.
 */
export type Spell = (name: string) => Spelling | undefined;
