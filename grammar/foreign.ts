/**
 * Statements of Python, methods and functions that users of PyTorch write, and what the language has for them.
 */
import type { Spell } from "./names.ts";
import type { Source } from "./source.ts";
import type { IToken } from "./toolkit.ts";
import * as T from "./tokens.ts";

const MODEL = "a net is a model: `model Net { input x: f32[N, 3]; output y = x -> Layer(…) }`";
const PART = "what is used again is a block: `block Name { Layer(…) -> Layer(…) }`";
const REPEAT = "layers are repeated by `Repeat(3) { Layer(…) }`";
const BIND = "a name is bound without a keyword: `h = x -> Layer(…)`";
const IMPORT =
  'layers are there without being imported; blocks of another file are: `import { Block } from "./file.nn"`';
const NOTHING = "nets are computed without it: leave it out";

const STATEMENTS: ReadonlyMap<string, string> = new Map([
  ["class", MODEL],
  ["def", PART],
  ["function", PART],
  ["lambda", PART],
  ["return", "results are outputs: `output y = x -> Layer(…)`"],
  ["for", REPEAT],
  ["while", REPEAT],
  ["const", BIND],
  ["let", BIND],
  ["var", BIND],
  ["import", IMPORT],
  ["from", IMPORT],
  ["if", "a choice is written A if condition else B"],
  ["elif", "a choice is written A if condition else B"],
  ["with", NOTHING],
  ["assert", "sizes are checked where they stand in types: `input x: f32[N, 3]`"],
  ["raise", NOTHING],
  ["try", NOTHING],
  ["pass", NOTHING],
  ["del", NOTHING],
]);

/** What to write in place of a statement of Python or JavaScript, by its first word. */
export function insteadOf(word: string): string | undefined {
  return STATEMENTS.get(word);
}

/** The same for a line with an error. If such a word is bound as a name, it is like any other name. */
export function insteadOfLine(region: readonly IToken[]): string | undefined {
  const [first, second] = region;
  const isTarget = second?.tokenType === T.Assign || second?.tokenType === T.Colon;
  const isImport = region.some(({ tokenType }) => tokenType === T.StringToken || tokenType === T.OpenCurly);
  return first && !isTarget && !(first.tokenType === T.Import && isImport)
    ? insteadOf(first.image)
    : undefined;
}

const MODULES = new Set(["F", "torch", "nn", "functional", "special", "np", "numpy", "tf", "math", "jnp"]);

/** The methods and properties with which people ask for the size of a tensor. */
const SIZES = new Set(["size", "shape", "dim", "ndim", "numel"]);

/**
 * What to write in place of `x.relu()`, `F.relu(x)`, `self.fc(x)`. The method is the token at `at`, after its
 * dot.
 */
export function insteadOfCall(region: readonly IToken[], at: number, source: Source, spell: Spell): string {
  const name = region[at]!.image;
  if (SIZES.has(name)) return "sizes have names in types: `input x: f32[N, C]`, and then `N` is one";
  if (name === "__init__") return NOTHING;
  const owner = ownerOf(region, at - 1);
  const [first, ...rest] = argumentsOf(region, at + 1);
  const text = (tokens: readonly IToken[] | undefined): string => textOf(tokens, source);
  if (owner[0]?.image === "self")
    return `write \`${text(first)} -> ${name}\`, with \`${name} = Layer(…)\` before it`;
  const isFunction = MODULES.has(owner[0]?.image ?? "") && owner.length <= 5;
  if (isFunction && name === "tensor") return "a list is a tensor: `[1, 2]`";
  const spelling = spell(name);
  if (!spelling) return "a value flows into a layer: `x -> Layer(…)`";
  const given = isFunction ? [first, ...rest] : [owner, ...(first ? [first, ...rest] : [])];
  const inputs = given.slice(0, spelling.inputs).map(text);
  const from = inputs.length === 1 ? inputs[0]! : `[${inputs.join(", ")}]`;
  const settings = given.slice(spelling.inputs);
  const list = settings.every(isPlain) ? settings.map(text).join(", ") : "…";
  return `write \`${from} -> ${spelling.layer}${list === "" ? "" : `(${list})`}\``;
}

const OPEN = new Set([T.OpenRound, T.OpenSquare]);
const CLOSE = new Set([T.CloseRound, T.CloseSquare]);

/**
 * The tokens of the value before the dot at `dot`: a name or a bracket, with calls, subscripts and members after
 * it.
 */
function ownerOf(region: readonly IToken[], dot: number): readonly IToken[] {
  let from = dot;
  while (from > 0) {
    if (CLOSE.has(region[from - 1]!.tokenType)) {
      from = openingOf(region, from - 1);
      const before = region[from - 1];
      if (!before || !(CLOSE.has(before.tokenType) || T.is(before, T.Word))) break;
    } else {
      from--;
      if (region[from - 1]?.tokenType !== T.Dot) break;
      from--;
    }
  }
  return region.slice(from, dot);
}

function openingOf(region: readonly IToken[], close: number): number {
  let depth = 0;
  for (let at = close; at > 0; at--) {
    if (CLOSE.has(region[at]!.tokenType)) depth++;
    else if (OPEN.has(region[at]!.tokenType) && --depth === 0) return at;
  }
  return 0;
}

/** The arguments of the call whose bracket is at `open`. */
function argumentsOf(region: readonly IToken[], open: number): IToken[][] {
  const all: IToken[][] = [[]];
  let depth = 0;
  for (const token of region.slice(open)) {
    if (CLOSE.has(token.tokenType) && --depth === 0) break;
    if (token.tokenType === T.Comma && depth === 1) all.push([]);
    else if (depth > 0) all.at(-1)!.push(token);
    if (OPEN.has(token.tokenType)) depth++;
  }
  return all.filter((tokens) => tokens.length > 0);
}

/**
 * Whether the tokens are numbers, texts or lists of them, which mean the same here. Names may be tensors, which
 * cannot be arguments.
 */
function isPlain(tokens: readonly IToken[] | undefined): boolean {
  const values = tokens?.filter((_, i) => tokens[i + 1]?.tokenType !== T.Assign) ?? [];
  return values.every((token) => token.tokenType !== T.Name && token.tokenType !== T.Body);
}

const MAX_SHOWN_LENGTH = 40;

function textOf(tokens: readonly IToken[] | undefined, source: Source): string {
  if (!tokens || tokens.length === 0) return "x";
  const text = source.text.slice(tokens[0]!.startOffset, T.endOf(tokens.at(-1)!)).replaceAll(/\s+/g, " ");
  return text.length > MAX_SHOWN_LENGTH ? "…" : text;
}
