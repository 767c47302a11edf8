/** The directives of schedules: changes to the loops of a kernel, as data. */

/**
 * A change to the loop with this id. `unroll` puts several rounds side by side: `unroll i by 4`. `jam` does so with the rounds of
 * an outer loop, and makes one loop of the loops inside. `sums` is `unroll` with a separate sum for each round; the separate
 * sums are added up after the loop. `split i by 4` makes a loop over groups of four rounds, and one over the rounds of a group,
 * which is called `i.part`. `vector i by 4` does four rounds at once, one in each lane of a vector: it loads and
 * stores four neighbours in memory, or four elements at one distance. A sum over the rounds becomes a sum in each lane, and
 * these are added up after the loop. The loop over groups of four keeps the name `i`. The rounds that are left are `i.tail`: a
 * loop, or, where the number of rounds is known and they only store, one more group of the last four rounds.
 *
 * `parallel i` says that the rounds of an outermost loop, or of the only loop in one, may run in any order. Where all loops that
 * are outermost in the end are parallel, they become ranges that calls give, so that several threads can share the work.
 * `reorder i` exchanges the loop `i` and the loop in it, and `fuse i` makes one loop of these two. `peel i` takes the rounds in
 * which no guard fails out of it; the rounds before them are `i.first`, and those behind them `i.last`. `pack weight in j` makes
 * each round of `j` copy what it reads of a buffer, so that it lies in memory in the order in which a vector of results reads
 * it: the loops of sums are just around the innermost loop of results. `pack x before j` copies all that `j` reads, in the order
 * in which its rounds read it. What is packed of weights is packed once, in `prepare`, but narrow weights are widened for each
 * round or call.
 */
export type Directive =
  | {
      readonly do: "unroll" | "jam" | "sums" | "split" | "vector";
      readonly loop: string;
      /** The number of rounds side by side, or in a group; at least 2. */
      readonly by: number;
    }
  | { readonly do: LoopWord; readonly loop: string }
  | {
      readonly do: "pack";
      readonly loop: string;
      readonly buffer: string;
      readonly where: "in" | "before";
    };

/** The words of directives that have nothing but a loop. */
type LoopWord = "reorder" | "fuse" | "peel" | "parallel";

/** The words of directives, and what they have, besides the loop. */
export const directiveWords: { readonly [D in Directive["do"]]: "by" | "loop" | "buffer" } = {
  unroll: "by",
  jam: "by",
  sums: "by",
  split: "by",
  vector: "by",
  reorder: "loop",
  fuse: "loop",
  peel: "loop",
  parallel: "loop",
  pack: "buffer",
};

/** Whether a directive has nothing but a loop. */
export function hasLoopAlone(what: Directive["do"]): what is LoopWord {
  return directiveWords[what] === "loop";
}

/** `jam i by 4`, `reorder i`, `fuse i`, `pack weight in j`, `pack x before i` */
export function directiveText(directive: Directive): string {
  const { do: what, loop } = directive;
  switch (what) {
    case "reorder":
    case "fuse":
    case "peel":
    case "parallel":
      return `${what} ${loop}`;
    case "pack":
      return `${what} ${directive.buffer} ${directive.where} ${loop}`;
    default:
      return `${what} ${loop} by ${directive.by}`;
  }
}
