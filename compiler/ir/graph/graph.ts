/**
 * The graph that the layer level and the tensor level share: immutable nodes in topological order, each of which refers
 * to the nodes that it reads. At the layer level an op is a layer's record with its arguments (see `layers/record.ts`),
 * at the tensor level a primitive (see `primitives.ts`).
 */
import type { Origin } from "./origin.ts";
import type { Size } from "../size/size.ts";
import type { TensorType } from "../types.ts";

/** One result of a node. */
export interface GraphValue<Op> {
  readonly node: Node<Op>;
  readonly result: number;
}

export interface Node<Op> {
  /** A number that is unique in the graph and ascends in topological order. */
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly GraphValue<Op>[];
  /** The type of each result. */
  readonly types: readonly TensorType[];
  /** The scope of the node's parameters. It keeps equal expressions with different weights apart. */
  readonly path?: string;
  /**
   * A readable name for the value, such as `mean`, from which names in emitted text are made. It does not affect what
   * the graph computes.
   */
  readonly hint?: string;
  /** Where the user asked for the node; undefined if no text of the user did. */
  readonly origin: Origin | undefined;
}

export interface Graph<Op> {
  readonly name: string;
  readonly nodes: readonly Node<Op>[];
  readonly inputs: readonly GraphPort<Op>[];
  readonly outputs: readonly GraphPort<Op>[];
  /** The new values of buffers (running statistics), by path. Dead-code removal keeps them. */
  readonly updates: readonly { readonly path: string; readonly value: GraphValue<Op> }[];
  readonly parameters: readonly Parameter[];
  /** Relations between sizes that could not be proven. They are checked at the call. */
  readonly checks: readonly SizeCheck[];
}

export interface GraphPort<Op> {
  readonly name: string;
  readonly value: GraphValue<Op>;
  /**
   * The symbol of the first axis, if it is a batch axis that a call may leave out for a batch of one. A call leaves out
   * this axis of all inputs with the symbol or of none; outputs with the symbol then lack it, too.
   */
  readonly batch?: string;
}

/** A relation between two sizes that the call checks; `message` says which layer requires it. */
export interface SizeCheck {
  readonly left: Size;
  readonly right: Size;
  readonly relation: "==" | "!=" | "<=" | ">=";
  readonly message: string;
}

/** How a parameter is initialized where no weights are given. */
export type Init =
  /** One number everywhere. With `drawn`, PyTorch has drawn uniform values first, which the number replaces. */
  | { readonly kind: "constant"; readonly value: number; readonly drawn?: true }
  /** The identity matrix: ones on the diagonal, zeros elsewhere. */
  | { readonly kind: "eye" }
  /** Uniform values. PyTorch has drawn `after` values before them, which it has dropped again. */
  | { readonly kind: "uniform"; readonly low: number; readonly high: number; readonly after?: number }
  /** Normal values for every row. Row `zeroRow` is drawn like the others, and set to zeros afterwards. */
  | { readonly kind: "normal"; readonly mean: number; readonly std: number; readonly zeroRow?: number }
  /** Normal values between two ends: values outside are drawn again. */
  | {
      readonly kind: "truncated";
      readonly mean: number;
      readonly std: number;
      readonly low: number;
      readonly high: number;
    }
  /** The initial values of another parameter of the same shape, which stands before this one. */
  | { readonly kind: "copy"; readonly of: string };

/**
 * A named tensor of the state dict. Parameters are in the order of construction, which is the order of random draws.
 */
export interface Parameter {
  readonly path: string;
  /** Other names that the parameter may have in weight files. */
  readonly aliases: readonly string[];
  readonly role: "param" | "buffer";
  readonly type: TensorType;
  readonly init: Init;
}

/** The path of the scales of weights that are i8 in memory: a weight is the number there times the scale of its row. */
export function scalePath(path: string): string {
  return `${path}.scale`;
}

/**
 * Whether a buffer is a counter that starts at 0. Files may lack it: those of PyTorch before 0.4.1 lack
 * `num_batches_tracked`.
 */
export function isCounter({ role, type, init }: Parameter): boolean {
  const isZero = init.kind === "constant" && init.value === 0;
  return role === "buffer" && type.dtype === "i32" && type.shape.length === 0 && isZero;
}

export function typeOf<Op>(value: GraphValue<Op>): TensorType {
  return value.node.types[value.result]!;
}

/** For each node, the nodes that read it. */
export function usersOf<Op>(graph: Pick<Graph<Op>, "nodes">): Map<Node<Op>, Node<Op>[]> {
  const users = new Map<Node<Op>, Node<Op>[]>(graph.nodes.map((node) => [node, []]));
  for (const node of graph.nodes) for (const input of node.inputs) users.get(input.node)!.push(node);
  return users;
}
