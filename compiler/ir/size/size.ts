/**
 * Integer expressions over sizes that are known only at the call. A size is a number, or a polynomial with integer
 * coefficients over atoms: symbols (`N`, a loop's variable) and the quotients, remainders, minima and maxima that do
 * not reduce. Polynomials are kept canonical, so that two sizes are provably equal exactly when their keys are, and
 * provably different when their difference is a number other than 0. The plan's loop bounds and indices are the same
 * expressions, with loop variables as symbols.
 *
 * A size is a graph: in `n + n // 2`, where `n` is `m + m // 2`, each part is kept once, however often it is used. Keys
 * have bounded length, and functions that walk a size visit each part once.
 */
import { appendTerm, atomText, inBrackets, shortened, type Operator } from "./size-key.ts";
import { SizeLimit } from "./size-limit.ts";

export type Size = number | Polynomial;

export interface Polynomial {
  /** The terms, sorted by key; no coefficient is 0. */
  readonly terms: readonly Term[];
  readonly constant: number;
  /**
   * Equal keys mean equal sizes, however they were computed. The key is the size's text, or where that is long,
   * `#` and a digest of it. `sizeText` of `size-text.ts` is for people.
   */
  readonly key: string;
  /** How deep quotients, remainders, minima and maxima are nested. */
  readonly depth: number;
}

interface Term {
  readonly coefficient: number;
  /** The factors, sorted by key; an atom to the power 2 is listed twice. */
  readonly atoms: readonly Atom[];
  readonly key: string;
}

export type Atom =
  | { readonly kind: "symbol"; readonly name: string; readonly key: string }
  | {
      readonly kind: Operator;
      readonly left: Size;
      readonly right: Size;
      readonly key: string;
      readonly depth: number;
    };

/** The greatest size: a tensor has at most 2^31 - 1 elements. */
export const MAX_SIZE: number = 2 ** 31 - 1;

/**
 * Limits on the sizes of a net: how many terms a size has, and how many factors a term, when products are multiplied
 * out.
 */
export const MAX_TERMS = 1000;
export const MAX_FACTORS = 64;
/** How deep quotients, remainders, minima and maxima may be nested. */
export const MAX_SIZE_DEPTH = 256;
/**
 * Passes compute indices from the sizes of a net, so an index may have this many times the terms, factors and depth.
 */
const MAX_GROWTH_IN_PASSES = 4;
/** A size with more terms than this, or operators nested deeper, is intricate. */
const MAX_SIMPLE = 8;

/** The number of terms of a size when products are multiplied out. */
export function termCount(size: Size): number {
  return typeof size === "number" ? 1 : size.terms.length;
}

/** Whether a size is so complicated that sizes which passes make of it may exceed a limit. */
export function isIntricate(size: Size): boolean {
  return typeof size !== "number" && (size.terms.length > MAX_SIMPLE || size.depth > MAX_SIMPLE);
}

/** The size, if it is within the limits for a net. Throws SizeLimit otherwise. */
export function limited(size: Size): Size {
  if (typeof size === "number") return size;
  if (size.terms.length > MAX_TERMS) throw new SizeLimit(tooManyTerms);
  if (size.depth > MAX_SIZE_DEPTH) throw new SizeLimit(tooDeep);
  if (size.terms.some(({ atoms }) => atoms.length > MAX_FACTORS)) throw new SizeLimit(tooManyFactors);
  return size;
}

const tooManyTerms = `multiplied out, it has more than ${MAX_TERMS} terms`;
const tooManyFactors = `multiplied out, it has more than ${MAX_FACTORS} factors`;
const tooDeep = `it has more than ${MAX_SIZE_DEPTH} operators //, %, min or max within one another`;

/** The number of sizes made so far, a measure of work. */
export const made = { sizes: 0 };

export function symbol(name: string): Polynomial {
  return fromAtom({ kind: "symbol", name, key: name });
}

export function key(size: Size): string {
  return typeof size === "number" ? String(size) : size.key;
}

export function same(a: Size, b: Size): boolean {
  return key(a) === key(b);
}

/** Whether the difference of two sizes proves that they are never equal. */
export function differ(a: Size, b: Size): boolean {
  const difference = sub(a, b);
  return typeof difference === "number" && difference !== 0;
}

export function add(a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  return polynomial(merged(termsOf(a), termsOf(b)), constantOf(a) + constantOf(b));
}

/** Merges two lists of terms, both sorted by key, into the terms of the sum. */
function merged(a: readonly Term[], b: readonly Term[]): Term[] {
  const terms: Term[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!];
    if (x.key === y.key) {
      const coefficient = x.coefficient + y.coefficient;
      if (coefficient !== 0) terms.push({ ...x, coefficient });
      i++;
      j++;
    } else if (x.key < y.key) {
      terms.push(x);
      i++;
    } else {
      terms.push(y);
      j++;
    }
  }
  return [...terms, ...a.slice(i), ...b.slice(j)];
}

export function sum(sizes: Iterable<Size>): Size {
  const terms = new Map<string, Term>();
  let constant = 0;
  for (const size of sizes) {
    for (const term of termsOf(size)) addTerm(terms, term);
    constant += constantOf(size);
  }
  return polynomial(inOrderOfKeys(terms), constant);
}

export function neg(a: Size): Size {
  return mul(-1, a);
}

export function sub(a: Size, b: Size): Size {
  return add(a, neg(b));
}

export function mul(a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  const [lefts, rights] = [withConstant(a), withConstant(b)];
  if (lefts.length * rights.length > MAX_GROWTH_IN_PASSES * MAX_GROWTH_IN_PASSES * MAX_TERMS)
    throw new SizeLimit(tooManyTerms);
  const products: Term[] = [];
  for (const left of lefts) {
    for (const right of rights) {
      const atoms = [...left.atoms, ...right.atoms].sort(byKey);
      products.push(makeTerm(left.coefficient * right.coefficient, atoms));
    }
  }
  return sumOfTerms(products);
}

export function product(sizes: Iterable<Size>): Size {
  let result: Size = 1;
  for (const size of sizes) result = mul(result, size);
  return result;
}

/** `a // b`, rounded down as in Python. `b` is not 0. */
export function floorDiv(a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  if (b === 1) return a; // x // 1 -> x
  if (same(a, b)) return 1; // x // x -> 1
  const [quotient, rest] = split(a, b);
  if (rest === 0) return quotient; // (q * b) // b -> q
  const last = typeof rest === "number" && typeof b === "number";
  // (q * b + r) // b -> q + r // b
  return add(quotient, last ? Math.floor(rest / b) : (ofQuotient(rest, b) ?? operation("floordiv", rest, b)));
}

// (x // a + c) // b -> (x + a * c) // (a * b)
function ofQuotient(size: Size, b: Size): Size | undefined {
  if (typeof size === "number" || typeof b !== "number" || b < 1 || size.terms.length > 1) return undefined;
  const { coefficient, atoms } = size.terms[0]!;
  const [atom, ...factors] = atoms;
  if (coefficient !== 1 || factors.length > 0 || atom?.kind !== "floordiv") return undefined;
  const { left, right: a } = atom;
  if (typeof a !== "number" || a < 1 || a * b > MAX_SIZE) return undefined;
  return floorDiv(add(left, a * size.constant), a * b);
}

/** `a % b`, with the sign of `b` as in Python. */
export function mod(a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return a - b * Math.floor(a / b);
  if (b === 1) return 0; // x % 1 -> 0
  const [, rest] = split(a, b);
  if (rest === 0) return 0; // (q * b) % b -> 0
  if (typeof rest === "number" && typeof b === "number") return mod(rest, b);
  return operation("mod", rest, b); // (q * b + r) % b -> r % b
}

export function min(a: Size, b: Size): Size {
  const difference = sub(a, b);
  if (typeof difference === "number") return difference <= 0 ? a : b;
  return operation("min", ...inOrder(a, b));
}

export function max(a: Size, b: Size): Size {
  const difference = sub(a, b);
  if (typeof difference === "number") return difference >= 0 ? a : b;
  return operation("max", ...inOrder(a, b));
}

/** `a / b` if the division is known to be exact, else undefined. */
export function divideExactly(a: Size, b: Size): Size | undefined {
  if (b === 0) return undefined;
  if (typeof a === "number" && typeof b === "number") return a % b === 0 ? a / b : undefined;
  const [quotient, rest] = split(a, b);
  return rest === 0 ? quotient : undefined;
}

/** Replaces symbols by sizes. Symbols that the map lacks stay. */
export function substitute(size: Size, values: ReadonlyMap<string, Size>): Size {
  return values.size === 0 ? size : substituting(size, values, new Map());
}

/** `done` maps the keys of atoms to their results. */
function substituting(
  size: Size,
  values: ReadonlyMap<string, Size>,
  done: Map<string, Size | undefined>,
): Size {
  if (typeof size === "number" || !symbolList(size).some((name) => values.has(name))) return size;
  return mapAtoms(size, (atom) => substituteAtom(atom, values, done));
}

/** What takes the place of an atom; undefined if it stays. */
function substituteAtom(
  atom: Atom,
  values: ReadonlyMap<string, Size>,
  done: Map<string, Size | undefined>,
): Size | undefined {
  if (atom.kind === "symbol") return values.get(atom.name);
  if (done.has(atom.key)) return done.get(atom.key);
  const left = substituting(atom.left, values, done);
  const right = substituting(atom.right, values, done);
  const result = left === atom.left && right === atom.right ? undefined : operations[atom.kind](left, right);
  done.set(atom.key, result);
  return result;
}

/** Changes the operands of quotients, remainders, minima and maxima. */
export function mapOperands(size: Size, change: (operand: Size) => Size): Size {
  return mapAtoms(size, (atom) =>
    atom.kind === "symbol" ? undefined : operations[atom.kind](change(atom.left), change(atom.right)),
  );
}

/** Replaces factors of terms. Where `change` returns undefined, the factor stays. */
export function mapAtoms(size: Size, change: (atom: Atom) => Size | undefined): Size {
  const kept: Term[] = [];
  const replaced: Size[] = [];
  for (const term of termsOf(size)) {
    const changed = term.atoms.map(change);
    if (changed.every((made) => made === undefined)) kept.push(term);
    else replaced.push(product([term.coefficient, ...changed.map((made, i) => made ?? fromAtom(term.atoms[i]!))])); // prettier-ignore
  }
  return replaced.reduce<Size>(add, polynomial(kept, constantOf(size)));
}

/** The most characters of the key of a size that printers write out wherever it is used. */
const MAX_UNNAMED_KEY = 96;

/** Whether a size's text is so long that printers compute the size once and give it a name. */
export function isLong(size: Size): boolean {
  return typeof size !== "number" && (size.key.length > MAX_UNNAMED_KEY || size.key.includes("#"));
}

/** The value of a size. Throws where a symbol has no value. */
export function evaluateSize(size: Size, values: ReadonlyMap<string, number>): number {
  if (typeof size === "number") return size;
  return evaluating(size, values, size.depth > 1 ? new Map() : undefined);
}

/**
 * `done` maps the keys of atoms to their values. It is given only where operators are nested, which may share parts.
 */
function evaluating(
  size: Size,
  values: ReadonlyMap<string, number>,
  done: Map<string, number> | undefined,
): number {
  if (typeof size === "number") return size;
  let result = size.constant;
  for (const { coefficient, atoms } of size.terms) {
    let product = coefficient;
    for (const atom of atoms) product *= evaluateAtom(atom, values, done);
    result += product;
  }
  return result;
}

function evaluateAtom(
  atom: Atom,
  values: ReadonlyMap<string, number>,
  done: Map<string, number> | undefined,
): number {
  if (atom.kind !== "symbol") {
    let result = done?.get(atom.key);
    if (result === undefined) {
      const [left, right] = [evaluating(atom.left, values, done), evaluating(atom.right, values, done)];
      result = operations[atom.kind](left, right) as number;
      done?.set(atom.key, result);
    }
    return result;
  }
  const value = values.get(atom.name);
  if (value === undefined) throw new Error(`size ${atom.name} has no value`);
  return value;
}

/** The symbols of a size, in the order of their first use. */
export function symbolsOf(size: Size, into: Set<string> = new Set()): Set<string> {
  for (const name of symbolList(size)) into.add(name);
  return into;
}

const symbolLists = new WeakMap<Polynomial, readonly string[]>();

function symbolList(size: Size): readonly string[] {
  if (typeof size === "number") return [];
  let list = symbolLists.get(size);
  if (!list) {
    const names = new Set<string>();
    for (const { atoms } of size.terms) {
      for (const atom of atoms) {
        if (atom.kind === "symbol") names.add(atom.name);
        else symbolsOf(atom.right, symbolsOf(atom.left, names));
      }
    }
    list = [...names];
    symbolLists.set(size, list);
  }
  return list;
}

/**
 * Splits a size that is linear in a symbol into `coefficient * symbol + rest`. The result is undefined where the symbol
 * is multiplied by itself or is inside a quotient, remainder, minimum or maximum.
 */
export function linearIn(size: Size, name: string): { coefficient: Size; rest: Size } | undefined {
  const factors: Term[] = [];
  const rest: Term[] = [];
  for (const term of withConstant(size)) {
    const others = term.atoms.filter((atom) => !(atom.kind === "symbol" && atom.name === name));
    if (others.some((atom) => atom.kind !== "symbol" && dependsOn(atom, name))) return undefined;
    const power = term.atoms.length - others.length;
    if (power > 1) return undefined;
    if (power === 1) factors.push(makeTerm(term.coefficient, others));
    else rest.push(term);
  }
  return { coefficient: sumOfTerms(factors), rest: sumOfTerms(rest) };
}

/** The terms of a size as coefficients and atoms. The constant is the last term, and has no atoms. */
export function monomials(
  size: Size,
): readonly { readonly coefficient: number; readonly atoms: readonly Atom[]; readonly key: string }[] {
  return withConstant(size);
}

/** The summands of a size, each as a size. */
export function terms(size: Size): Size[] {
  return withConstant(size).map((term) => sumOfTerms([term]));
}

/** The name of the symbol, if a size is just a symbol. */
export function asSymbol(size: Size): string | undefined {
  if (typeof size === "number" || size.constant !== 0 || size.terms.length !== 1) return undefined;
  const [term] = size.terms;
  const [atom] = term!.atoms;
  return term!.coefficient === 1 && term!.atoms.length === 1 && atom!.kind === "symbol"
    ? atom!.name
    : undefined;
}

function dependsOn(atom: Atom, name: string): boolean {
  if (atom.kind === "symbol") return atom.name === name;
  return symbolList(atom.left).includes(name) || symbolList(atom.right).includes(name);
}

/** The functions that make each operator's sizes. Two numbers give a number: `floorDiv(7, 2)` is 3. */
const operations: Readonly<Record<Operator, (left: Size, right: Size) => Size>> = {
  floordiv: floorDiv,
  mod,
  min,
  max,
};

/** Splits `a` into `quotient * b + rest`: the terms that `b` divides make the quotient. */
function split(a: Size, b: Size): [quotient: Size, rest: Size] {
  const divisor = monomial(b);
  if (!divisor) return [0, a];
  const quotient: Term[] = [];
  const rest: Term[] = [];
  for (const term of withConstant(a)) {
    const atoms = without(term.atoms, divisor.atoms);
    // A coefficient that `b` does not divide stays in the rest: 6 // 4 is 1, but 6 * x // 4 is not x * (6 // 4).
    if (atoms && term.coefficient % divisor.coefficient === 0) {
      quotient.push(makeTerm(term.coefficient / divisor.coefficient, atoms));
    } else if (term.atoms.length === 0 && divisor.atoms.length === 0) {
      const whole = Math.floor(term.coefficient / divisor.coefficient);
      quotient.push(makeTerm(whole, []));
      rest.push(makeTerm(term.coefficient - whole * divisor.coefficient, []));
    } else {
      rest.push(term);
    }
  }
  return [sumOfTerms(quotient), sumOfTerms(rest)];
}

function monomial(size: Size): Term | undefined {
  const terms = withConstant(size);
  return terms.length === 1 ? terms[0] : undefined;
}

/** `atoms` without the atoms of `remove`, each as often as it is listed; undefined if one of these is missing. */
function without(atoms: readonly Atom[], remove: readonly Atom[]): Atom[] | undefined {
  const left = [...atoms];
  for (const atom of remove) {
    const at = left.findIndex((candidate) => candidate.key === atom.key);
    if (at < 0) return undefined;
    left.splice(at, 1);
  }
  return left;
}

function inOrder(a: Size, b: Size): [Size, Size] {
  return key(a) <= key(b) ? [a, b] : [b, a];
}

function operation(kind: Operator, left: Size, right: Size): Polynomial {
  const depth = 1 + Math.max(depthOf(left), depthOf(right));
  if (depth > MAX_GROWTH_IN_PASSES * MAX_SIZE_DEPTH) throw new SizeLimit(tooDeep);
  const text = atomText(kind, bracketed(left), bracketed(right));
  return fromAtom({ kind, left, right, key: shortened(text), depth });
}

/** The key of a size, in brackets where it is more than a number or a name. */
function bracketed(size: Size): string {
  return inBrackets(key(size));
}

function depthOf(size: Size): number {
  return typeof size === "number" ? 0 : size.depth;
}

function fromAtom(atom: Atom): Polynomial {
  return polynomial([makeTerm(1, [atom])], 0) as Polynomial;
}

/** Adds up terms. The terms without atoms make the constant. */
function sumOfTerms(all: readonly Term[]): Size {
  const terms = new Map<string, Term>();
  for (const term of all) addTerm(terms, term);
  const constant = terms.get("")?.coefficient ?? 0;
  terms.delete("");
  return polynomial(inOrderOfKeys(terms), constant);
}

function makeTerm(coefficient: number, atoms: readonly Atom[]): Term {
  if (atoms.length > MAX_GROWTH_IN_PASSES * MAX_FACTORS) throw new SizeLimit(tooManyFactors);
  return { coefficient, atoms, key: atoms.map((atom) => atom.key).join(" * ") };
}

function addTerm(terms: Map<string, Term>, term: Term): void {
  const coefficient = (terms.get(term.key)?.coefficient ?? 0) + term.coefficient;
  if (coefficient === 0) terms.delete(term.key);
  else terms.set(term.key, { coefficient, atoms: term.atoms, key: term.key });
}

function inOrderOfKeys(terms: ReadonlyMap<string, Term>): Term[] {
  return [...terms.values()].sort(byKey);
}

/** Makes a size of terms that are sorted by key, each key once. */
function polynomial(terms: readonly Term[], constant: number): Size {
  if (terms.length === 0) return constant;
  if (terms.length > MAX_GROWTH_IN_PASSES * MAX_TERMS) throw new SizeLimit(tooManyTerms);
  made.sizes++;
  let depth = 0;
  for (const { atoms } of terms)
    for (const atom of atoms) if (atom.kind !== "symbol" && atom.depth > depth) depth = atom.depth;
  return new Terms(terms, constant, depth);
}

/** A polynomial that makes its key when it is first asked for: most sizes are only parts of others. */
class Terms implements Polynomial {
  readonly terms: readonly Term[];
  readonly constant: number;
  readonly depth: number;
  #key: string | undefined;

  constructor(terms: readonly Term[], constant: number, depth: number) {
    this.terms = terms;
    this.constant = constant;
    this.depth = depth;
  }

  get key(): string {
    if (this.#key === undefined) {
      let text = "";
      for (const { coefficient, key: atoms } of this.terms) text = appendTerm(text, coefficient, atoms);
      this.#key = shortened(appendTerm(text, this.constant, ""));
    }
    return this.#key;
  }
}

function termsOf(size: Size): readonly Term[] {
  return typeof size === "number" ? [] : size.terms;
}

function constantOf(size: Size): number {
  return typeof size === "number" ? size : size.constant;
}

function withConstant(size: Size): readonly Term[] {
  const constant = constantOf(size);
  return constant === 0 ? termsOf(size) : [...termsOf(size), makeTerm(constant, [])];
}

function byKey(a: { key: string }, b: { key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
