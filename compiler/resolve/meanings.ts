/**
 * The meanings that names and expressions have while a net is elaborated: values and layers, definitions, scopes,
 * and the values that a session keeps. These types refer to one another: a layer keeps the scope of its body, and
 * a scope has values.
 */
import type {
  Binding,
  Block,
  Body,
  Call,
  ChainStatement,
  File,
  ParameterStatement,
  WeightsItem,
  Word,
} from "../../grammar/ast.ts";
import type { Source, Span } from "../../grammar/source.ts";
import type { GraphValue } from "../ir/graph/graph.ts";
import type { Polynomial } from "../ir/size/size.ts";
import type { TensorType } from "../ir/types.ts";
import type { Combinator } from "../layers/combinators.ts";
import type { Args, LayerOp, LayerRecord, ParameterSpec } from "../layers/record.ts";
import { NearNames } from "./near.ts";
import type { At, Repetition } from "./paths.ts";
import { namesBoundIn } from "./syntax.ts";

/** The value of an expression. */
export type Value =
  | TensorValue
  | Results
  | { readonly kind: "layer"; readonly layer: LayerValue }
  | NumberValue
  | { readonly kind: "size"; readonly size: Polynomial }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "none" }
  | ListValue
  | Reference
  | { readonly kind: "infer" } // `_`
  | Poison;

export interface TensorValue {
  readonly kind: "tensor";
  readonly value: GraphValue<LayerOp>;
}

/**
 * The value of something wrong that was reported. Everything computed from it is unknown too, and is not reported
 * again.
 */
export interface Poison {
  readonly kind: "poison";
  /** Is told of the layers that take the value; this is how the inputs of a chain are found. */
  readonly probe?: (record: LayerRecord, args: Args) => void;
}

export type Tensorlike = TensorValue | Poison;

/** The results of a layer or a block that has several. */
export interface Results {
  readonly kind: "results";
  readonly items: readonly { readonly name?: string; readonly value: Tensorlike }[];
  /** Where a single value is needed, the first result is taken. */
  readonly auxiliary: boolean;
  /** The layer or block that gave the results, as messages name it. */
  readonly from: string;
}

export interface NumberValue {
  readonly kind: "number";
  readonly value: number;
  /** The number was written with a point or exponent, or was computed by `/`. */
  readonly float: boolean;
  /**
   * The repetitions whose index the number was computed from. In a label that uses it, it takes the place of
   * their numbers.
   */
  readonly indices: readonly Repetition[];
}

export interface ListValue {
  readonly kind: "list";
  readonly items: readonly Value[];
  /** The number of items, including those of lists within the list. */
  readonly length: number;
  /** The names of elements, as in `[q, attn_mask=m]`; absent if no element has a name. */
  readonly names?: readonly (Word | undefined)[];
  /** The file's constant that the list is the value of. A tensor that is made of the list takes its name. */
  readonly constant?: string;
}

/** A part of a layer, by name: `transformer.wte.weight`. It is looked up when all parameters are known. */
export interface Reference {
  readonly kind: "reference";
  readonly path: string;
  readonly span: Span;
  /** The bound layer that has the part. */
  readonly layer: PlacedLayer;
}

/**
 * A layer as a value: a plan of what to apply, which makes no nodes until it is applied. Only a placed layer has
 * its own weight path; any other takes the path of the place where it is applied.
 */
export type LayerValue =
  | RecordLayer
  | BlockLayer
  | ChainLayer
  | { readonly kind: "list"; readonly items: readonly LayerValue[]; readonly names?: ListValue["names"] }
  | CombinatorLayer
  | PlacedLayer
  | { readonly kind: "unknown" };

export interface RecordLayer {
  readonly kind: "record";
  readonly record: LayerRecord;
  readonly call: Call;
  readonly args: Args;
  /** The names of the arguments that were written `_`. */
  readonly pending: readonly string[];
  /** The parameters that the net gives to the layer: `weight=w`. */
  readonly given: ReadonlyMap<string, { readonly value: Value; readonly span: Span }>;
}

export interface BlockLayer {
  readonly kind: "block";
  readonly block: BlockDef;
  readonly call: Call;
  readonly args: ReadonlyMap<string, { readonly value: Value; readonly span: Span }>;
}

export interface ChainLayer {
  readonly kind: "chain";
  readonly steps: readonly LayerStep[];
  /** Whether the steps are numbered even if there is only one. */
  readonly always: boolean;
}

export interface LayerStep {
  readonly label?: LabelValue;
  readonly layer: LayerValue;
  readonly span: Span;
}

export interface LabelValue {
  readonly text: string;
  /** The repetitions whose index is used in the label. */
  readonly indices: readonly Repetition[];
}

export interface CombinatorLayer {
  readonly kind: "combinator";
  readonly combinator: Combinator;
  readonly call: Call;
  readonly args: Args;
  readonly env: Env;
  readonly body?: Body;
  readonly items: readonly LayerStep[];
}

/** A layer that was bound by `name = layer`: if it is used twice, both uses share its weights. */
export interface PlacedLayer {
  readonly kind: "placed";
  readonly layer: LayerValue;
  /** Its path, which is both its scope and its place. */
  readonly at: At;
}

export interface BlockDef {
  readonly name: string;
  readonly block: Block;
  readonly file: FileScope;
  /**
   * Whether the block calls itself, directly or through others. That was reported, and the block is never
   * elaborated.
   */
  recursive: boolean;
}

export interface ConstantDef {
  readonly binding: Binding;
  readonly index: number;
  readonly file: FileScope;
  /**
   * In a session: whether the value is made of tensors. Those belong to the session, and its blocks cannot use
   * them.
   */
  readonly ofTensors?: boolean;
}

export type Definition =
  | { readonly kind: "block"; readonly block: BlockDef }
  | { readonly kind: "constant"; readonly constant: ConstantDef }
  | { readonly kind: "known"; readonly known: Known };

export type Scope = ReadonlyMap<string, Definition>;

export type LineItem = Binding | ParameterStatement | ChainStatement;

export interface FileScope {
  readonly source: Source;
  readonly file: File;
  readonly blocks: Map<string, BlockDef>;
  readonly constants: Map<string, ConstantDef>;
  /** The names taken from other files. A definition is undefined if its import failed, which was reported. */
  readonly imports: Map<string, Definition | undefined>;
  chain: ChainStatement | undefined;
  weights: WeightsStatement | undefined;
  /**
   * The words on lines with syntax errors. What these lines would have bound is unknown, and a use of such a word
   * is not reported.
   */
  readonly damaged: ReadonlySet<string>;
  /** The positions of syntax errors. */
  readonly damage: readonly number[];
  /** The place where each name of the file is bound. */
  readonly places: Map<string, Span>;
  /**
   * For a text of a session: the names that were bound before it. Names that the text itself defines come first.
   */
  readonly session?: Map<string, Definition>;
}

/** The statement `weights "file.safetensors"`; the path is relative to the file that contains the statement. */
export interface WeightsStatement {
  readonly path: string;
  readonly rename: NonNullable<WeightsItem["rename"]>;
  readonly span: Span;
}

export interface Bound {
  readonly value: Value;
  readonly span: Span;
  /** Whether it is a symbolic size that a type introduced. */
  readonly symbolic?: true;
}

export class Env {
  readonly file: FileScope;
  readonly parent: Env | undefined;
  readonly body: Body | undefined;
  /** The names of this scope, without those of the scopes around it. */
  readonly names: Map<string, Bound> = new Map();
  /** Those of the names that are numbers or sizes, without the sizes that types introduced. */
  readonly numbers: NearNames = new NearNames();

  constructor(file: FileScope, parent?: Env, body?: Body) {
    this.file = file;
    this.parent = parent;
    this.body = body;
  }

  bind(name: string, bound: Bound): void {
    this.names.set(name, bound);
    const { kind } = bound.value;
    if (!bound.symbolic && (kind === "number" || kind === "size")) this.numbers.add(name);
  }

  lookup(name: string): Bound | undefined {
    return this.names.get(name) ?? this.parent?.lookup(name);
  }

  /** The place further down where a body of this scope binds the name, if it has not been bound so far. */
  boundLater(name: string): Span | undefined {
    return (this.body && namesBoundIn(this.body).get(name)) ?? this.parent?.boundLater(name);
  }
}

/** A tensor that was computed, whose values the session keeps. */
export interface Held {
  readonly type: TensorType;
}

export type Kept =
  | { readonly kind: "held"; readonly held: Held }
  | (Pick<Results, "kind" | "auxiliary" | "from"> & { readonly items: readonly KeptResult[] })
  | {
      readonly kind: "list";
      readonly items: readonly Kept[];
      readonly length: number;
      readonly names?: readonly (Word | undefined)[];
    }
  /** A value that is known when compiling. */
  | { readonly kind: "plain"; readonly value: Value };

export interface KeptResult {
  readonly name?: string;
  readonly value: Held;
}

/** A name whose meaning is not given by the text alone: a computed value, or a `param` or `buffer`. */
export interface Known {
  readonly name: string;
  readonly span: Span;
  readonly meaning: Kept | { readonly kind: "parameter"; readonly spec: ParameterSpec };
}
