/** What there is to complete, which every shell is told in its own way. */

export interface CommandWords {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly OptionWords[];
  /** What stands without an option; absent where nothing does. */
  readonly argument?: Value | undefined;
}

export interface OptionWords {
  /** `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly doc: string;
  /** Absent where the option takes none. */
  readonly value?: Value | undefined;
}

export type Value =
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** Whose names end in one of these; none: any. */
  | { readonly kind: "files"; readonly endings: readonly string[] }
  /** A name or number that the shell cannot know. */
  | { readonly kind: "other" };

/** A text in single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
