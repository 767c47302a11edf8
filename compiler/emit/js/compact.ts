/**
 * Emitted JavaScript without what only readers need: comments, blanks, and long names of its own variables. Each definition at
 * the top level is on a line of its own.
 *
 * All variables of one name, wherever they are, get the same short name, and different names that stand in one definition of the
 * top level get different ones; so scopes inside of definitions need not be known. Names that nothing in the text declares are
 * those of the engine and stay.
 */
import { jsTokens, type JsToken } from "./js-tokens.ts";

/** What a word is. */
type Role = "variable" | "property" | "shorthand" | "keyword";

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "async await break case catch class const continue default delete do else export extends false finally for function " +
    "get if import in instanceof let new null of return set static super switch this throw true try typeof undefined var " +
    "void while with yield arguments eval enum implements interface package private protected public"
  ).split(" "),
);
const OPENING: ReadonlySet<string> = new Set(["(", "[", "{"]);
const CLOSING: ReadonlySet<string> = new Set([")", "]", "}"]);
/** The words and marks after which a brace begins a block. */
const BEFORE_BLOCK: ReadonlySet<string> = new Set([
  "",
  ";",
  "{",
  "}",
  ")",
  "=>",
  "else",
  "try",
  "finally",
  "do",
  "catch",
]);
const FIRST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_";
const LATER = `${FIRST}0123456789`;

/** Where a name stands. */
interface Uses {
  /** How often as a word, and how often as the shorthand of a property. */
  alone: number;
  shorthand: number;
  /** The definitions of the top level, and EVERYWHERE if it is one of their names. */
  readonly definitions: Set<number>;
}

const EVERYWHERE = -1;

/** `kept` are names that other texts use, such as those of exports. */
export function compact(text: string, kept: ReadonlySet<string>): string {
  return new Compactor(text, kept).text();
}

class Compactor {
  readonly #tokens: readonly JsToken[];
  /** For each bracket, the place of its partner. */
  readonly #partners = new Map<number, number>();
  /** For each token, the number of the definition of the top level, and whether no bracket is open. */
  readonly #definitions: number[] = [];
  readonly #areOutermost: boolean[] = [];
  readonly #roles: readonly (Role | undefined)[];
  readonly #names: ReadonlyMap<string, string>;

  constructor(text: string, kept: ReadonlySet<string>) {
    // Bundlers look for the comment that says that a call can be left out.
    this.#tokens = jsTokens(text).filter((token) => token.kind !== "comment" || token.text.includes("@__PURE__"));
    this.#pairBrackets();
    this.#roles = this.#findRoles();
    this.#names = this.#shortNames(kept);
  } // prettier-ignore

  text(): string {
    const parts: string[] = [];
    /** For each open bracket, and the top level, the word with which the last declaration in it began. */
    const declarations = [""];
    for (let at = 0; at < this.#tokens.length; at++) {
      const next = this.#textAt(at + 1);
      if (this.#opens(at)) declarations.push("");
      else if (this.#closes(at)) declarations.pop();
      if (next !== "" && this.#isNeedless(at, next)) continue;
      let text = this.#shortText(at);
      const declared = declarations.at(-1)!;
      // Declarations of one kind that follow each other are one.
      if (text === ";" && declarations.length > 1 && declared !== "" && next === declared) {
        text = ",";
        at++;
      } else if (text === ";") declarations[declarations.length - 1] = "";
      else if (text === "const" || text === "let") declarations[declarations.length - 1] = text;
      if (needsBlank(parts.at(-1) ?? "", text)) parts.push(" ");
      parts.push(text);
      if (this.#endsDefinition(at)) parts.push("\n");
    }
    return parts.join("");
  }

  /** Whether the token before `next` is the comma at the end of a list, or the semicolon at the end of a block. */
  #isNeedless(at: number, next: string): boolean {
    const text = this.#textAt(at);
    if (text === ",") return CLOSING.has(next) && !/^[[,]$/.test(this.#textAt(at - 1));
    if (text !== ";" || next !== "}") return false;
    // The semicolon behind a head is an empty statement.
    const head = this.#textAt(at - 1) === ")" ? this.#textAt(this.#partners.get(at - 1)! - 1) : "";
    return !/^(?:for|while|if)$/.test(head);
  }

  #shortText(at: number): string {
    const { text } = this.#tokens[at]!;
    const role = this.#roles[at];
    const short = this.#names.get(text);
    if (short === undefined || (role !== "variable" && role !== "shorthand")) return text;
    return role === "variable" ? short : `${text}:${short}`;
  }

  #textAt(at: number): string {
    return this.#tokens[at]?.text ?? "";
  }

  #opens(at: number): boolean {
    const { kind, text } = this.#tokens[at]!;
    return kind === "mark"
      ? OPENING.has(text)
      : kind === "template" && text[0] === "`" && text.endsWith("${");
  }

  #closes(at: number): boolean {
    const { kind, text } = this.#tokens[at]!;
    return kind === "mark" ? CLOSING.has(text) : kind === "template" && text[0] === "}" && text.endsWith("`");
  }

  #pairBrackets(): void {
    const open: number[] = [];
    let definition = 0;
    for (let at = 0; at < this.#tokens.length; at++) {
      if (this.#opens(at)) open.push(at);
      else if (this.#closes(at)) {
        const partner = open.pop()!;
        this.#partners.set(at, partner).set(partner, at);
      }
      this.#areOutermost.push(open.length === 0);
      this.#definitions.push(definition);
      if (this.#endsDefinition(at)) definition++;
    }
  }

  #endsDefinition(at: number): boolean {
    return (
      this.#areOutermost[at]! && /^[;}]$/.test(this.#textAt(at)) && this.#tokens[at + 1]?.kind === "word"
    );
  }

  /** Whether a brace begins an object, or the pattern of one, and not a block. */
  #beginsObject(at: number): boolean {
    return !BEFORE_BLOCK.has(this.#textAt(at - 1));
  }

  #findRoles(): (Role | undefined)[] {
    /** For each open bracket, whether it is that of an object. */
    const objects: boolean[] = [];
    return this.#tokens.map(({ kind, text }, at) => {
      if (this.#opens(at)) objects.push(text === "{" && this.#beginsObject(at));
      else if (this.#closes(at)) objects.pop();
      if (kind !== "word") return undefined;
      const before = this.#textAt(at - 1);
      const after = this.#tokens[at + 1];
      if (before === "." || before === "?.") return "property";
      if (objects.at(-1) && (before === "{" || before === ",")) {
        if (after?.kind === "word") return "keyword";
        return after?.text === ":" || after?.text === "(" ? "property" : "shorthand";
      }
      // The name of an accessor.
      if (objects.at(-1) && /^[gs]et$/.test(before)) return "property";
      return KEYWORDS.has(text) ? "keyword" : "variable";
    });
  }

  #shortNames(kept: ReadonlySet<string>): Map<string, string> {
    const declared = this.#declared();
    const uses = this.#uses();
    for (const [name, isOutermost] of declared) if (isOutermost) uses.get(name)!.definitions.add(EVERYWHERE);
    const ranked = [...uses].filter(([name]) => declared.has(name) && !kept.has(name));
    ranked.sort(([, a], [, b]) => b.alone + b.shorthand - a.alone - a.shorthand);
    // A name of one letter always gets another, so that a name that stays is none that another one gets.
    const stay = [...uses.keys()].filter((name) => name.length > 1 || kept.has(name) || !declared.has(name));
    const taken = new Set([...kept, ...KEYWORDS, ...stay]);
    const names = new Map<string, string>();
    /** For each definition, the short names that have a meaning there. */
    const meant = new Map<number, Set<string>>();
    for (const [name, { alone, shorthand, definitions }] of ranked) {
      const others = [...definitions].map((definition) => {
        const known = meant.get(definition) ?? new Set();
        meant.set(definition, known);
        return known;
      });
      let i = 0;
      while (taken.has(shortName(i)) || others.some((known) => known.has(shortName(i)))) i++;
      const short = shortName(i);
      const saved = alone * (name.length - short.length) - shorthand * (short.length + 1);
      if (saved <= 0 && name.length > 1) continue;
      names.set(name, short);
      for (const known of others) known.add(short);
    }
    return names;
  }

  #uses(): Map<string, Uses> {
    const uses = new Map<string, Uses>();
    this.#tokens.forEach(({ text }, at) => {
      const role = this.#roles[at];
      if (role !== "variable" && role !== "shorthand") return;
      const use = uses.get(text) ?? { alone: 0, shorthand: 0, definitions: new Set() };
      use[role === "variable" ? "alone" : "shorthand"]++;
      use.definitions.add(this.#definitions[at]!);
      uses.set(text, use);
    });
    return uses;
  }

  /** The names of variables, functions and parameters that the text declares, and whether at the top level. */
  #declared(): Map<string, boolean> {
    const inner = new Set<string>();
    const outer = new Set<string>();
    this.#tokens.forEach(({ kind, text }, at) => {
      const before = this.#textAt(at - 1);
      const names = this.#areOutermost[at] ? outer : inner;
      if (text === "=>") {
        if (before === ")") this.#addParameters(this.#partners.get(at - 1)!, inner);
        else inner.add(before);
      }
      if (kind !== "word" || this.#roles[at] !== "keyword") return;
      if (text === "const" || text === "let" || text === "var") this.#addDeclarations(at + 1, names);
      if (text === "catch" && this.#textAt(at + 1) === "(") this.#addParameters(at + 1, inner);
      if (text !== "function") return;
      const isNamed = this.#textAt(at + 1) !== "(";
      if (isNamed) names.add(this.#textAt(at + 1));
      this.#addParameters(at + (isNamed ? 2 : 1), inner);
    });
    return new Map([...inner, ...outer].map((name) => [name, outer.has(name)]));
  }

  #addDeclarations(at: number, names: Set<string>): void {
    let next = this.#addTarget(at, names);
    while (this.#textAt((next = this.#behindValue(next))) === ",") next = this.#addTarget(next + 1, names);
  }

  /** Adds the names in the brackets that open at a place: parameters, or those of a pattern. */
  #addParameters(open: number, names: Set<string>): void {
    const close = this.#partners.get(open)!;
    const isObject = this.#textAt(open) === "{";
    for (let at = open + 1; at < close; at++) {
      if (/^(?:,|\.\.\.)$/.test(this.#textAt(at))) continue;
      const isNamed = isObject && this.#textAt(at + 1) === ":";
      at = this.#behindValue(this.#addTarget(isNamed ? at + 2 : at, names));
    }
  }

  /** Adds the names of what a declaration, a parameter or an element of a pattern binds, and returns the place behind it. */
  #addTarget(at: number, names: Set<string>): number {
    if (this.#tokens[at]?.kind === "word") {
      names.add(this.#textAt(at));
      return at + 1;
    }
    this.#addParameters(at, names);
    return this.#partners.get(at)! + 1;
  }

  /** The place behind the value that may stand at a place after `=`. */
  #behindValue(from: number): number {
    let at = from;
    while (at < this.#tokens.length && !/^[,;)\]}]$|^of$/.test(this.#textAt(at)))
      at = this.#opens(at) ? this.#partners.get(at)! + 1 : at + 1;
    return at;
  }
}

/** Whether two texts must not touch. */
function needsBlank(before: string, after: string): boolean {
  const [last = "", first = ""] = [before.at(-1), after[0]];
  // A word behind the slash of a regular expression would be its flags.
  if (/[\w$]/.test(first)) return /[\w$]/.test(last) || /^\/[^*].*\/$/.test(before);
  // Signs and slashes would become one mark, and `<!--` begins a comment in classic scripts.
  return (/[-+/]/.test(last) && first === last) || (last === "<" && first === "!");
}

/** `a`, `b`, … `aa`, `ab`, … */
function shortName(i: number): string {
  const later = i - FIRST.length;
  if (later < 0) return FIRST[i]!;
  return shortName(Math.floor(later / LATER.length)) + LATER[later % LATER.length]!;
}
