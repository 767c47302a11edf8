/**
 * How deep a syntax tree is. The parser takes long runs of operators in a loop, but whoever walks the tree
 * recurses, so that a run of thousands is refused here, with a message.
 */
import type { Body, Item } from "./ast.ts";

/** Nodes within one another. Two hundred nested brackets with a few operators each stay below. */
export const MAX_DEPTH = 1000;

export class Heights {
  private readonly items = new WeakMap<object, number>();
  private readonly bodies = new WeakMap<object, number>();

  /** To be told of each body before the item around it, so that nothing is walked twice. */
  setBody(body: Body): void {
    let most = 0;
    for (const statement of body.statements) most = Math.max(most, this.items.get(statement) ?? 0);
    this.bodies.set(body, most);
  }

  exceed(item: Item): boolean {
    let most = 0;
    const pending: { readonly node: object; readonly depth: number }[] = [{ node: item, depth: 0 }];
    while (pending.length > 0) {
      const { node, depth } = pending.pop()!;
      const below = this.bodies.get(node);
      most = Math.max(most, depth + (below ?? 0));
      if (below !== undefined) continue;
      const deeper = "kind" in node ? depth + 1 : depth;
      for (const [key, child] of Object.entries(node) as [string, unknown][]) {
        const isNode = typeof child === "object" && child !== null;
        if (isNode && key !== "span" && key !== "nameSpan") pending.push({ node: child, depth: deeper });
      }
    }
    this.items.set(item, most);
    return most > MAX_DEPTH;
  }
}
