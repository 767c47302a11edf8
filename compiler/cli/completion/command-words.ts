/** The words that can be completed. Each shell's script is made from this data. */

export interface CommandWords {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly OptionWords[];
  /** The argument without an option; absent if the command takes none. */
  readonly argument?: ValueWords | undefined;
}

export interface OptionWords {
  /** The spellings of the option: `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly doc: string;
  /** The value of the option; absent if it takes none. */
  readonly value?: ValueWords | undefined;
}

export type ValueWords =
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** A file whose name has one of these endings; any file if there are no endings. */
  | { readonly kind: "files"; readonly endings: readonly string[] }
  /** A name or number that the shell cannot complete. */
  | { readonly kind: "other" };

/** The text in single quotes, for bash and zsh. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
