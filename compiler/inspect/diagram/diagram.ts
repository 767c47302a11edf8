/** What is drawn: boxes, in clusters that are weight-path scopes, and edges with shapes between them. */
import { append } from "../../ir/multimap.ts";

export interface Diagram {
  readonly name: string;
  readonly members: readonly Member[];
  readonly edges: readonly Edge[];
}

export type Member = Box | Cluster;

export interface Box {
  readonly kind: "box";
  readonly shape: "input" | "output" | "parameter" | "constant" | "layer" | "kernel";
  /** Unique, but for outputs. */
  readonly name: string;
  /** What it is, where the name does not tell. */
  readonly text?: string;
}

export interface Cluster {
  readonly kind: "cluster";
  /** From the root: `blocks.0`. */
  readonly path: string;
  /** From the cluster around it: `0`. */
  readonly label: string;
  readonly members: readonly Member[];
}

export interface Edge {
  readonly from: Box;
  readonly to: Box;
  readonly label: string;
}

/** A box, and the scopes it stands in: `["blocks", "0"]`. */
export interface Scoped {
  readonly box: Box;
  readonly scope: readonly string[];
}

/** Boxes in the order in which they are given, each scope at its first box; a scope of one member is none. */
export function clustered(items: readonly Scoped[]): Member[] {
  return members(items, 0, "");
}

function members(items: readonly Scoped[], depth: number, path: string): Member[] {
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

/** Every box, those in clusters included. */
export function* boxesOf(members: readonly Member[]): Generator<Box> {
  for (const member of members) {
    if (member.kind === "box") yield member;
    else yield* boxesOf(member.members);
  }
}
