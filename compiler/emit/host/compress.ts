/**
 * Binaries of kernels as text, several times as short as base64 alone: kernels that differ in constants differ in a few bytes.
 *
 * Bytes are literals or copies of earlier ones (LZ77). What says which is written bit by bit with adaptive odds, by an
 * asymmetric numeral system (rANS) whose state takes in six bits a character. The odds are float64 numbers, for which every
 * engine computes the same sums and quotients.
 */
import { sextets } from "./base64.ts";

/** Odds are counted in 4096ths. */
const ODDS_BITS = 12;
/** Odds lie between 0 and this, and become a share of 4096 by the addition of 1, so that no bit is impossible. */
const CERTAIN = 4094;
/** Between two bits, the state has at least so many binary digits, less one. */
const STATE_BITS = 20;
/** How fast odds follow what has been: the first bits count much, and each of the later ones this share. */
const [FIRST_RATE, LAST_RATE] = [1.6, 20.6];

/** Where the odds of each kind of bit stand. Those of a literal depend on the upper half of the byte before it. */
const context = { isCopy: 0, isOther: 2, distance: 4, length: 64, literal: 256, end: 256 * 17 };

/** The names of the functions in the text. */
export const compressionNames: readonly string[] = ["decompressed", "sextet"];

/**
 * The text of `decompressed`, which returns `length` bytes that `compressed` made a text of. It calls `sextet`, for the six
 * bits that a character stands for.
 */
export const decompressed: string = `function decompressed(text, length) {
  const bytes = new Uint8Array(length);
  const odds = new Float64Array(${context.end}).fill(${CERTAIN / 2});
  const rates = new Float64Array(${context.end}).fill(${FIRST_RATE});
  let state = 0;
  let next = 0;
  const bit = (at) => {
    while (state < ${2 ** STATE_BITS}) state = state << 6 | sextet(text, next++);
    const chance = odds[at];
    const rate = rates[at];
    const share = 1 + chance | 0;
    const rest = state & ${2 ** ODDS_BITS - 1};
    if (rate < ${LAST_RATE}) rates[at] = rate + 1;
    if (rest < share) {
      state = (state >> ${ODDS_BITS}) * share + rest;
      odds[at] = chance + (${CERTAIN} - chance) / rate;
      return 1;
    }
    state = (state >> ${ODDS_BITS}) * (${2 ** ODDS_BITS} - share) + rest - share;
    odds[at] = chance - chance / rate;
    return 0;
  };
  const number = (at) => {
    let value = 1;
    while (bit(at++)) value = 2 * value + bit(at++);
    return value;
  };
  let distance = 0;
  let wasCopy = 0;
  for (let i = 0; i < length;) {
    if (bit(wasCopy)) {
      if (wasCopy || bit(${context.isOther})) distance = number(${context.distance});
      for (const end = i + number(${context.length}); i < end; i++) bytes[i] = bytes[i - distance];
      wasCopy = 1;
    } else {
      let byte = 1;
      while (byte < 256) byte = 2 * byte + bit(${context.literal} + (bytes[i - 1] >> 4) * 256 + byte);
      bytes[i++] = byte;
      wasCopy = 0;
    }
  }
  return bytes;
}`;

/** The characters of some bytes. */
export function compressed(bytes: Uint8Array): string {
  const bits = new BitList();
  let last = 0;
  let wasCopy = false;
  let at = 0;
  for (const { length, distance } of pieces(bytes)) {
    const isCopy = distance > 0;
    bits.add(context.isCopy + Number(wasCopy), isCopy);
    if (isCopy) {
      const isOther = distance !== last;
      if (!wasCopy) bits.add(context.isOther, isOther);
      if (wasCopy || isOther) bits.addNumber(context.distance, distance);
      bits.addNumber(context.length, length);
      last = distance;
    } else bits.addLiteral(bytes[at]!, bytes[at - 1] ?? 0);
    wasCopy = isCopy;
    at += length;
  }
  return bits.text();
}

/** Bits, each with its share of 4096. */
class BitList {
  readonly #odds = new Float64Array(context.end).fill(CERTAIN / 2);
  readonly #rates = new Float64Array(context.end).fill(FIRST_RATE);
  readonly #shares: number[] = [];
  readonly #bits: boolean[] = [];

  add(at: number, bit: boolean): void {
    const odds = this.#odds[at]!;
    const rate = this.#rates[at]!;
    this.#shares.push(Math.floor(1 + odds));
    this.#bits.push(bit);
    this.#odds[at] = bit ? odds + (CERTAIN - odds) / rate : odds - odds / rate;
    if (rate < LAST_RATE) this.#rates[at] = rate + 1;
  }

  /** A number from 1 on: its binary digits behind the first, each after a bit that says that there is one. */
  addNumber(at: number, value: number): void {
    let place = at;
    for (let digit = 30 - Math.clz32(value); digit >= 0; digit--) {
      this.add(place++, true);
      this.add(place++, ((value >> digit) & 1) === 1);
    }
    this.add(place, false);
  }

  addLiteral(byte: number, before: number): void {
    const at = context.literal + (before >> 4) * 256;
    for (let digit = 7; digit >= 0; digit--)
      this.add(at + ((byte | 256) >> (digit + 1)), ((byte >> digit) & 1) === 1);
  }

  /** The bits as characters. They are written from the last to the first, as the state gives them back in reverse. */
  text(): string {
    const characters: string[] = [];
    let state = 2 ** STATE_BITS;
    const shift = (): void => {
      characters.push(sextets[state % 64]!);
      state = Math.floor(state / 64);
    };
    for (let i = this.#bits.length - 1; i >= 0; i--) {
      const share = this.#shares[i]!;
      const [from, width] = this.#bits[i]! ? [0, share] : [share, 2 ** ODDS_BITS - share];
      while (state >= width * 2 ** (STATE_BITS + 6 - ODDS_BITS)) shift();
      state = Math.floor(state / width) * 2 ** ODDS_BITS + (state % width) + from;
    }
    while (state > 0) shift();
    return characters.reverse().join("");
  }
}

/** Bytes that are copied from `distance` before, or, if that is 0, one literal. */
interface Piece {
  readonly length: number;
  readonly distance: number;
}

/** How many earlier places with the same two bytes are looked at. */
const MAX_PLACES = 12;
/** A copy of so many bytes is taken as it is. Of a shorter one, each beginning is weighed. */
const GOOD_LENGTH = 32;
/** About what a literal takes, in bits. */
const LITERAL_COST = 6;

/** The pieces that take about the fewest bits: the cheapest way to each byte, from the first byte on. */
function pieces(bytes: Uint8Array): Piece[] {
  const { length: end } = bytes;
  const costs = new Float64Array(end + 1).fill(Infinity);
  const lengths = new Int32Array(end + 1);
  const distances = new Int32Array(end + 1);
  /** The distance of the last copy on the way to each byte. */
  const lasts = new Int32Array(end + 1);
  const links = linksOf(bytes);
  costs[0] = 0;
  const reach = (from: number, length: number, distance: number, cost: number): void => {
    const to = from + length;
    if (cost >= costs[to]!) return;
    costs[to] = cost;
    lengths[to] = length;
    distances[to] = distance;
    lasts[to] = distance || lasts[from]!;
  };
  const copy = (from: number, distance: number, least: number, most: number, extra: number): void => {
    const cost = costs[from]! + extra;
    for (let length = most < GOOD_LENGTH ? least : most; length <= most; length++)
      reach(from, length, distance, cost + 2.5 + 1.4 * digits(length));
  };
  for (let at = 0; at < end; at++) {
    reach(at, 1, 0, costs[at]! + LITERAL_COST);
    const last = distances[at] ? 0 : lasts[at]!;
    let longest = last > 0 ? equalBytes(bytes, at - last, at) : 0;
    copy(at, last, 1, longest, 0);
    let found = 1;
    let place = links[at]!;
    for (let count = 0; place >= 0 && count < MAX_PLACES && found < GOOD_LENGTH; count++) {
      // A longer copy also has the byte behind the longest so far.
      if (bytes[place + found] === bytes[at + found]) {
        const length = equalBytes(bytes, place, at);
        if (length > found) {
          copy(at, at - place, found + 1, length, 2 + 1.35 * digits(at - place));
          found = length;
        }
      }
      place = links[place]!;
    }
    longest = Math.max(longest, found);
    // Nothing begins inside of a long copy.
    if (longest >= GOOD_LENGTH) at += longest - 1;
  }
  const found: Piece[] = [];
  for (let at = end; at > 0; at -= lengths[at]!)
    found.push({ length: lengths[at]!, distance: distances[at]! });
  return found.reverse();
}

/** The binary digits behind the first. */
function digits(value: number): number {
  return 31 - Math.clz32(value);
}

function equalBytes(bytes: Uint8Array, from: number, at: number): number {
  let length = 0;
  while (at + length < bytes.length && bytes[from + length] === bytes[at + length]) length++;
  return length;
}

/** For each byte, the nearest place before it that has the same two bytes, or -1. */
function linksOf(bytes: Uint8Array): Int32Array {
  const links = new Int32Array(bytes.length).fill(-1);
  const nearest = new Int32Array(65536).fill(-1);
  for (let at = 0; at + 1 < bytes.length; at++) {
    const pair = bytes[at]! * 256 + bytes[at + 1]!;
    links[at] = nearest[pair]!;
    nearest[pair] = at;
  }
  return links;
}
