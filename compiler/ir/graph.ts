/**
 * The graph that the layer level and the tensor level share: immutable nodes in topological order, each
 * naming the nodes it reads. At the layer level an op is a layer's record with its arguments (see
 * `layers/record.ts`), at the tensor level a primitive (see `primitives.ts`).
 */
import type { Origin } from "./origin.ts";
import type { Size } from "./size.ts";
import type { TensorType } from "./types.ts";

/** One result of a node. */
export interface Value<Op> {
  readonly node: Node<Op>;
  readonly result: number;
}

export interface Node<Op> {
  /** Unique in its graph and ascending in topological order. */
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Value<Op>[];
  /** Of each result. */
  readonly types: readonly TensorType[];
  /** The scope of the node's parameters, so that equal expressions with different weights stay apart. */
  readonly path?: string;
  /** What a reader may call the value: the names in emitted text come from here. Means nothing. */
  readonly hint?: string;
  /** Absent where no text of a user asks for the node. */
  readonly origin: Origin | undefined;
}

export interface Graph<Op> {
  readonly name: string;
  readonly nodes: readonly Node<Op>[];
  readonly inputs: readonly Port<Op>[];
  readonly outputs: readonly Port<Op>[];
  /** New values of buffers (running statistics), by path. Dead-code removal keeps them. */
  readonly updates: readonly { readonly path: string; readonly value: Value<Op> }[];
  readonly parameters: readonly Parameter[];
  /** Relations between sizes that could not be proven and are checked at the call. */
  readonly checks: readonly SizeCheck[];
}

export interface Port<Op> {
  readonly name: string;
  readonly value: Value<Op>;
  /**
   * The symbol that is its first size, where a call may leave that axis out, which then is a batch of one: all inputs
   * with this symbol do or none, and outputs with it are given back likewise.
   */
  readonly batch?: string;
}

/** How both sides must stand to each other at the call; the message says whose demand it is. */
export interface SizeCheck {
  readonly left: Size;
  readonly right: Size;
  readonly relation: "==" | "!=" | "<=" | ">=";
  readonly message: string;
}

/** How a parameter is filled where no weights are given. */
export type Init =
  | { readonly kind: "constant"; readonly value: number }
  /** Ones on the diagonal of a matrix. */
  | { readonly kind: "eye" }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  /** Drawn for every row; then `zeroRow` becomes zeros. */
  | { readonly kind: "normal"; readonly mean: number; readonly std: number; readonly zeroRow?: number }
  /** Normal values, of which those outside of the ends are not drawn. */
  | {
      readonly kind: "truncated";
      readonly mean: number;
      readonly std: number;
      readonly low: number;
      readonly high: number;
    };

/** A named tensor of the state dict. Their order is the order of construction, hence of random draws. */
export interface Parameter {
  readonly path: string;
  /** Other names under which weight files may give it. */
  readonly aliases: readonly string[];
  readonly role: "param" | "buffer";
  readonly type: TensorType;
  readonly init: Init;
}

/** Whether a buffer counts from 0. Files may lack it, as those of PyTorch before 0.4.1 lack `num_batches_tracked`. */
export function isCounter({ role, type, init }: Parameter): boolean {
  const isZero = init.kind === "constant" && init.value === 0;
  return role === "buffer" && type.dtype === "i32" && type.shape.length === 0 && isZero;
}

export function typeOf<Op>(value: Value<Op>): TensorType {
  return value.node.types[value.result]!;
}

/** For each node, the nodes that read it and as which operand. */
export function usersOf<Op>(graph: Pick<Graph<Op>, "nodes">): Map<Node<Op>, Node<Op>[]> {
  const users = new Map<Node<Op>, Node<Op>[]>(graph.nodes.map((node) => [node, []]));
  for (const node of graph.nodes) for (const input of node.inputs) users.get(input.node)!.push(node);
  return users;
}
