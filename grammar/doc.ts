/**
 * Layout, after Wadler and Prettier: a document says where lines may break, and the layout decides where they do.
 * Both use their own stacks instead of recursion, so that deeply nested and long texts cost no more than their
 * size.
 */

export type Doc = string | readonly Doc[] | Line | Indent | AtLine | Group | Wrapped | Comment;

/**
 * A place where a line may break. If it does not break, it is the text `flat`. A `hard` line always breaks, and
 * so do all groups around it.
 */
interface Line {
  readonly kind: "line";
  readonly flat: string;
  readonly hard: boolean;
  /** The hard line is preceded by an empty one. */
  readonly blank: boolean;
}

/** Lines inside are indented by one step more than those around it. */
interface Indent {
  readonly kind: "indent";
  readonly content: Doc;
}

/** Lines inside are indented as the line on which it begins. */
interface AtLine {
  readonly kind: "at-line";
  readonly content: Doc;
}

/** A space and the content; or a new line and the content, if it does not fit on this line. */
interface Wrapped {
  readonly kind: "wrapped";
  readonly content: Doc;
}

/** Either all of the group's own lines break, or none. */
interface Group {
  readonly kind: "group";
  readonly content: Doc;
  readonly broken: boolean;
}

/** A comment at the end of a line; its width does not count. */
interface Comment {
  readonly kind: "comment";
  readonly text: string;
}

export const line: Doc = { kind: "line", flat: " ", hard: false, blank: false };
export const softLine: Doc = { kind: "line", flat: "", hard: false, blank: false };
export const hardLine: Doc = { kind: "line", flat: "", hard: true, blank: false };
export const blankLine: Doc = { kind: "line", flat: "", hard: true, blank: true };

export function indent(...content: Doc[]): Doc {
  return { kind: "indent", content };
}

export function atLine(...content: Doc[]): Doc {
  return { kind: "at-line", content };
}

export function wrapped(...content: Doc[]): Doc {
  return { kind: "wrapped", content };
}

export function group(...content: Doc[]): Doc {
  return { kind: "group", content, broken: hasHardLine(content) };
}

export function trailing(text: string): Doc {
  return { kind: "comment", text };
}

export function separated(docs: readonly Doc[], separator: Doc): Doc {
  return docs.flatMap((doc, index) => (index === 0 ? [doc] : [separator, doc]));
}

/** Whether a group or array has a hard line is computed once per document. */
const hard = new WeakMap<object, boolean>();

function hasHardLine(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  if ("kind" in doc) {
    if (doc.kind === "line") return doc.hard;
    if (doc.kind === "group") return doc.broken;
    if (doc.kind === "comment") return true;
    return hasHardLine(doc.content);
  }
  let found = hard.get(doc);
  if (found === undefined) hard.set(doc, (found = doc.some(hasHardLine)));
  return found;
}

interface Command {
  readonly doc: Doc;
  readonly indent: number;
  readonly flat: boolean;
}

const STEP = 2;

/** The text of a document, in lines of at most `width` characters as far as the document allows. */
export function layout(doc: Doc, width: number): string {
  const out: string[] = [];
  const commands: Command[] = [{ doc, indent: 0, flat: false }];
  let column = 0;
  let lineIndent = 0;
  while (commands.length > 0) {
    const command = commands.pop()!;
    const { indent: by, flat } = command;
    const current = command.doc;
    if (typeof current === "string") {
      out.push(current);
      column += current.length;
    } else if (!("kind" in current)) {
      for (let index = current.length - 1; index >= 0; index--) {
        commands.push({ doc: current[index]!, indent: by, flat });
      }
    } else if (current.kind === "indent") {
      commands.push({ doc: current.content, indent: by + STEP, flat });
    } else if (current.kind === "at-line") {
      commands.push({ doc: current.content, indent: lineIndent, flat });
    } else if (current.kind === "wrapped") {
      const whole = { doc: [" ", current.content], indent: by, flat: true };
      const stays = flat || fits(whole, commands, width - column);
      commands.push({ doc: [stays ? " " : hardLine, current.content], indent: by, flat });
    } else if (current.kind === "group") {
      const whole = { doc: current.content, indent: by, flat: true };
      const stays = flat || (!current.broken && fits(whole, commands, width - column));
      commands.push(stays ? whole : { ...whole, flat: false });
    } else if (current.kind === "comment") {
      out.push("  ", current.text);
    } else if (flat && !current.hard) {
      out.push(current.flat);
      column += current.flat.length;
    } else {
      out.push(current.blank ? "\n\n" : "\n", " ".repeat(by));
      column = lineIndent = by;
    }
  }
  return out.join("");
}

/** Whether `first` on one line, with everything after it up to the next possible line break, fits in `room`. */
function fits(first: Command, rest: readonly Command[], room: number): boolean {
  let restIndex = rest.length;
  const commands: Command[] = [first];
  while (room >= 0) {
    const command = commands.pop() ?? rest[--restIndex];
    if (!command) return true;
    const { doc, indent: by, flat } = command;
    if (typeof doc === "string") {
      room -= doc.length;
    } else if (!("kind" in doc)) {
      for (let index = doc.length - 1; index >= 0; index--)
        commands.push({ doc: doc[index]!, indent: by, flat });
    } else if (doc.kind === "indent" || doc.kind === "at-line") {
      commands.push({ doc: doc.content, indent: by, flat });
    } else if (doc.kind === "wrapped") {
      if (!flat) return true;
      commands.push({ doc: [" ", doc.content], indent: by, flat });
    } else if (doc.kind === "group") {
      commands.push({ doc: doc.content, indent: by, flat: flat && !doc.broken });
    } else if (doc.kind === "comment" || doc.hard || !flat) {
      return true;
    } else {
      room -= doc.flat.length;
    }
  }
  return false;
}
