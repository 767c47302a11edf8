/**
 * A target is what kernels run on: a record of data that passes and printers read. A pass asks the record for a fact and
 * never for the target's name, so that a second target is a second record and a printer.
 */
import type { MapName } from "../ir/graph/primitives.ts";
import type { Dtype } from "../ir/dtype.ts";
import type { TargetName } from "../ir/plan/plan.ts";

export interface Target {
  /** As `--target` takes it. */
  readonly name: TargetName;
  /** What kernels are and how they compute, as `nnc explain` says it: "JavaScript, with sums in float64". */
  readonly doc: string;
  /** The dtype in which values of each dtype are computed, and kept between kernels. */
  readonly computes: { readonly [D in Dtype]: Dtype };
  /** The dtype of accumulators, and of rows of them. Sums of integers wrap when they are read. */
  readonly sums: { readonly [D in Dtype]: Dtype };
  /** The dtype of the sums of contractions, whose terms are products. */
  readonly products: { readonly [D in Dtype]: Dtype };
  /** What a map costs for one element, in multiplications. */
  readonly costs: { readonly [M in MapName]: number };
  /** What loading a value costs that an earlier loop stored, in multiplications. */
  readonly load: number;
  /** From this cost on, a value is rather stored and loaded again than computed twice. */
  readonly expensive: number;
  /**
   * How a choice that depends on random data is made: by a branch-free look-up in a `table` of the choices or a mask on the
   * bits, or as a `select`, which a machine with blends has as one instruction.
   */
  readonly choice: "table" | "select";
  /** Whether convolutions may be made with fewer multiplications, and more additions and memory. */
  readonly winograd: boolean;
  /**
   * Whether each term of a sum of products may be rounded once or twice, as the machine likes: a relaxed multiply-add is one
   * instruction where a product and a sum are two.
   */
  readonly relaxed?: true;
  /** Set where threads may share the work of kernels: `schedule` finds the loops whose rounds they share. */
  readonly threads?: {
    /** Kernels that take fewer tenths of a nanosecond (`workOf`), at the largest sizes, are not worth another thread. */
    readonly leastWork: number;
  };
  /** How functions such as exp are computed: by a `call`, or as a `polynomial` in float32 that `expand-maps` writes out. */
  readonly functions: "call" | "polynomial";
  /** How large `fuse` may make a kernel. */
  readonly kernel: {
    readonly nodes: number;
    readonly reductions: number;
    /** Maps of full size between a kernel's inputs and what it reduces: what lies further away is stored first. */
    readonly distance: number;
  };
  /** The vectors that it has, if any. */
  readonly vectors?: {
    /** The lanes of a float32. */
    readonly lanes: 4;
    /** The maps that it computes one number at a time. */
    readonly scalarMaps: ReadonlySet<MapName>;
    /** The vectors that find room in registers: in a loop, its sums and all that one round loads. */
    readonly registers: number;
    /** The bytes of weights that stay in a cache while several rows read them. */
    readonly cache: number;
  };
  /** How `schedule` unrolls loops. */
  readonly loops: {
    /** Rounds of a loop that are made side by side. */
    readonly unroll: number;
    /** Loops with fewer rounds stay as they are. */
    readonly minRounds: number;
    /** A loop whose body costs as much or more is not unrolled for its stores alone. */
    readonly maxBodyCost: number;
  };
  /** How `schedule` makes products in blocks of results, whose sums share what they read. */
  readonly block: {
    readonly columns: number;
    /** Rows of a block whose products are cheap to make, and of one where an operand costs a function call. */
    readonly rows: { readonly cheap: number; readonly expensive: number };
    /** Shorter sums gain nothing from a block of rows. */
    readonly minSum: number;
  };
  /** How `schedule` makes sums of windows: in blocks of so many results, the taps of each written out. */
  readonly taps: {
    /** Windows, or their innermost axes, are written out up to this number of taps. */
    readonly most: number;
    readonly rows: number;
    readonly columns: number;
  };
}
