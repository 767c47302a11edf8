/** Typed access to Chevrotain's concrete tree: its children by the name of their rule, token or label. */
import type { CstNode, IToken } from "./toolkit.ts";

export function nodes(parent: CstNode, name: string): readonly CstNode[] {
  return (parent.children[name] ?? []) as CstNode[];
}

export function node(parent: CstNode, name: string): CstNode | undefined {
  return nodes(parent, name)[0];
}

export function tokens(parent: CstNode, name: string): readonly IToken[] {
  return (parent.children[name] ?? []) as IToken[];
}

export function token(parent: CstNode, name: string): IToken | undefined {
  return tokens(parent, name)[0];
}
