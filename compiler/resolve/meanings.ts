/**
 * What the names and expressions of a text mean while a net is elaborated: values and layers, definitions, scopes, and
 * what a session keeps. These types refer to one another: a layer keeps the scope of its body, and a scope has values.
 */
import type {
  Binding,
  Block,
  Body,
  Call,
  ChainStatement,
  File,
  ParameterStatement,
  Weights as WeightsItem,
  Word,
} from "../../grammar/ast.ts";
import type { Source, Span } from "../../grammar/source.ts";
import type { Value as GraphValue } from "../ir/graph.ts";
import type { Polynomial } from "../ir/size.ts";
import type { TensorType } from "../ir/types.ts";
import type { Combinator } from "../layers/combinators.ts";
import type { Args, LayerOp, LayerRecord, ParameterSpec } from "../layers/record.ts";
import { NearNames } from "./near.ts";
import type { At, Repetition } from "./paths.ts";
import { namesBoundIn } from "./syntax.ts";

/** What an expression stands for. */
export type Value =
  | TensorValue
  | Results
  | { readonly kind: "layer"; readonly layer: Layer }
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

/** What comes from something wrong that was reported: everything made of it is silently unknown, too. */
export interface Poison {
  readonly kind: "poison";
  /** Hears of the layers that take the value: how the inputs of a chain are found. */
  readonly probe?: (record: LayerRecord, args: Args) => void;
}

export type Tensorlike = TensorValue | Poison;

/** Several results of a layer or a block. */
export interface Results {
  readonly kind: "results";
  readonly items: readonly { readonly name?: string; readonly value: Tensorlike }[];
  /** Where one value is wanted the first is meant. */
  readonly auxiliary: boolean;
  /** What gave them, for messages. */
  readonly from: string;
}

export interface NumberValue {
  readonly kind: "number";
  readonly value: number;
  /** Written with a point or exponent, or come from `/`. */
  readonly float: boolean;
  /** The repetitions whose index went into it: a label that uses it replaces their numbers. */
  readonly indices: readonly Repetition[];
}

export interface ListValue {
  readonly kind: "list";
  readonly items: readonly Value[];
  /** Of items, those of lists within included. */
  readonly length: number;
  /** `attn_mask=m`; absent where no element has a name. */
  readonly names?: readonly (Word | undefined)[];
  /** The constant of a file that the list is, which names the tensor that is made of it. */
  readonly constant?: string;
}

/** A layer's part by name: `transformer.wte.weight`. Settled when all parameters are known. */
export interface Reference {
  readonly kind: "reference";
  readonly path: string;
  readonly span: Span;
  /** The bound layer that it is a part of. */
  readonly layer: PlacedLayer;
}

/**
 * A layer as a value: a plan of what to apply, which makes nothing until it is applied. Only a placed one
 * has a weight path of its own; any other takes the place where it is applied.
 */
export type Layer =
  | RecordLayer
  | BlockLayer
  | ChainLayer
  | { readonly kind: "list"; readonly items: readonly Layer[]; readonly names?: ListValue["names"] }
  | CombinatorLayer
  | PlacedLayer
  | { readonly kind: "unknown" };

export interface RecordLayer {
  readonly kind: "record";
  readonly record: LayerRecord;
  readonly call: Call;
  readonly args: Args;
  /** Arguments written `_`. */
  readonly pending: readonly string[];
  /** Parameters given by the net: `weight=w`. */
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
  /** Numbered even where it is one step. */
  readonly always: boolean;
}

export interface LayerStep {
  readonly label?: LabelValue;
  readonly layer: Layer;
  readonly span: Span;
}

export interface LabelValue {
  readonly text: string;
  /** The repetitions whose index the label uses. */
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

/** `name = layer`: used twice, its weights are shared. */
export interface PlacedLayer {
  readonly kind: "placed";
  readonly layer: Layer;
  /** Its own: both scope and place are its path. */
  readonly at: At;
}

export interface BlockDef {
  readonly name: string;
  readonly block: Block;
  readonly file: FileScope;
  /** It calls itself, perhaps through others; that was reported, and it is never elaborated. */
  recursive: boolean;
}

export interface ConstantDef {
  readonly binding: Binding;
  readonly index: number;
  readonly file: FileScope;
  /** Of a session: it is made of tensors, which the session has and its blocks do not see. */
  readonly ofTensors?: boolean;
}

export type Definition =
  | { readonly kind: "block"; readonly block: BlockDef }
  | { readonly kind: "constant"; readonly constant: ConstantDef }
  | { readonly kind: "known"; readonly known: Known };

export type Names = ReadonlyMap<string, Definition>;

export type Line = Binding | ParameterStatement | ChainStatement;

export interface FileScope {
  readonly source: Source;
  readonly file: File;
  readonly blocks: Map<string, BlockDef>;
  readonly constants: Map<string, ConstantDef>;
  /** Names taken from other files; undefined where that failed and was reported. */
  readonly imports: Map<string, Definition | undefined>;
  chain: ChainStatement | undefined;
  weights: WeightsStatement | undefined;
  /** Words of lines whose syntax is wrong: what they would have bound is unknown, and that is no news. */
  readonly damaged: ReadonlySet<string>;
  /** Where the syntax is wrong. */
  readonly damage: readonly number[];
  /** Where each name of the file is bound. */
  readonly places: Map<string, Span>;
  /** Of a session's text: the names that were bound before it, which its own come before. */
  readonly session?: Map<string, Definition>;
}

/** `weights "file.safetensors"`: the path is relative to the file. */
export interface WeightsStatement {
  readonly path: string;
  readonly rename: NonNullable<WeightsItem["rename"]>;
  readonly span: Span;
}

export interface Bound {
  readonly value: Value;
  readonly span: Span;
  /** A symbolic size that a type introduced. */
  readonly symbolic?: true;
}

export class Env {
  readonly file: FileScope;
  readonly parent: Env | undefined;
  readonly body: Body | undefined;
  /** Every name of this scope alone. */
  readonly names: Map<string, Bound> = new Map();
  /** Those among them that are numbers or sizes, but for the sizes that types introduced. */
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

  /** Where a body of this scope binds the name, which it has not done by now. */
  boundLater(name: string): Span | undefined {
    return (this.body && namesBoundIn(this.body).get(name)) ?? this.parent?.boundLater(name);
  }
}

/** A tensor that was computed. Its values are the session's. */
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
  /** Known when compiling. */
  | { readonly kind: "plain"; readonly value: Value };

export interface KeptResult {
  readonly name?: string;
  readonly value: Held;
}

/** A name whose meaning is not in the text alone: a value, or a `param` or `buffer`. */
export interface Known {
  readonly name: string;
  readonly span: Span;
  readonly meaning: Kept | { readonly kind: "parameter"; readonly spec: ParameterSpec };
}
