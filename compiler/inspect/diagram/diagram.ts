/**
 * The data of a diagram: boxes, clusters of boxes (which are weight-path scopes), and edges labelled with shapes.
 */
import { append } from "../../ir/util/multimap.ts";

export interface Diagram {
  readonly name: string;
  readonly members: readonly DiagramMember[];
  readonly edges: readonly Edge[];
}

export type DiagramMember = Box | Cluster;

export interface Box {
  readonly kind: "box";
  readonly shape: "input" | "output" | "parameter" | "constant" | "layer" | "kernel";
  /** The name, which is unique among all boxes except those of outputs. */
  readonly name: string;
  /** The kind of thing that the box is, if the name does not tell. */
  readonly text?: string;
}

export interface Cluster {
  readonly kind: "cluster";
  /** The path from the root: `blocks.0`. */
  readonly path: string;
  /** The path from the surrounding cluster: `0`. */
  readonly label: string;
  readonly members: readonly DiagramMember[];
}

export interface Edge {
  readonly from: Box;
  readonly to: Box;
  readonly label: string;
}

/** A box, and the scopes around it: `["blocks", "0"]`. */
export interface Scoped {
  readonly box: Box;
  readonly scope: readonly string[];
}

/**
 * Makes clusters of scopes. Boxes keep their order, and a scope is placed where its first box is. A scope with
 * one member does not become a cluster.
 */
export function clustered(items: readonly Scoped[]): DiagramMember[] {
  return members(items, 0, "");
}

function members(items: readonly Scoped[], depth: number, path: string): DiagramMember[] {
  const byScope = new Map<string | Box, Scoped[]>();
  for (const item of items) {
    const at = item.scope[depth] ?? item.box;
    append(byScope, at, item);
  }
  return [...byScope].map(([at, inside]) => {
    if (typeof at !== "string") return at;
    const inner = path === "" ? at : `${path}.${at}`;
    const [only, ...others] = members(inside, depth + 1, inner);
    if (others.length > 0) return { kind: "cluster", path: inner, label: at, members: [only!, ...others] };
    return only!.kind === "box" ? only! : { ...only!, label: `${at}.${only!.label}` };
  });
}

/** All boxes, including those in clusters. */
export function* boxesOf(members: readonly DiagramMember[]): Generator<Box> {
  for (const member of members) {
    if (member.kind === "box") yield member;
    else yield* boxesOf(member.members);
  }
}
