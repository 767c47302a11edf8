/**
 * The depth of a syntax tree. The parser takes long runs of operators in a loop, but code that walks the tree
 * recurses, so a run of thousands of operators is refused here, with a message.
 */
import type { Body, Item } from "./ast.ts";

/** The greatest depth of nodes. Two hundred nested brackets with a few operators each stay below it. */
export const MAX_DEPTH = 1000;

export class Heights {
  /** Upper bounds of the heights of bodies. They are cheap, and mostly all that is needed. */
  private readonly bounds = new Map<Body, number>();
  private readonly measured = new Map<Body, number>();

  /** Whether a tree of this many tokens is too deep. It is walked only if it could be. */
  exceed(item: Item, tokens: number, bodies: readonly Body[]): boolean {
    const bound = this.bound(tokens, bodies);
    return bound > MAX_DEPTH && this.measure(item) > MAX_DEPTH;
  }

  /** An upper bound of a statement's depth: the number of its tokens plus the bound of its deepest body. */
  bound(tokens: number, bodies: readonly Body[]): number {
    let below = 0;
    for (const body of bodies) below = Math.max(below, this.bounds.get(body) ?? 0);
    return tokens + below;
  }

  /** Sets the bound of a body; called for each body before the item around it. */
  setBound(body: Body, bound: number): void {
    this.bounds.set(body, bound);
  }

  /**
   * Measures the depth with its own stack. It recurses only for bodies, which are nested no deeper than brackets.
   */
  private measure(item: Item): number {
    let most = 0;
    const pending: { readonly node: object; readonly depth: number }[] = [{ node: item, depth: 0 }];
    while (pending.length > 0) {
      const { node, depth } = pending.pop()!;
      most = Math.max(most, depth);
      if ("statements" in node) {
        most = Math.max(most, depth + this.measureBody(node as Body));
        continue;
      }
      const deeper = "kind" in node ? depth + 1 : depth;
      for (const [key, child] of Object.entries(node) as [string, unknown][]) {
        const isNode = typeof child === "object" && child !== null;
        if (isNode && key !== "span" && key !== "nameSpan") pending.push({ node: child, depth: deeper });
      }
    }
    return most;
  }

  private measureBody(body: Body): number {
    let height = this.measured.get(body);
    if (height === undefined) {
      height = body.statements.reduce((most, statement) => Math.max(most, this.measure(statement)), 0);
      this.measured.set(body, height);
    }
    return height;
  }
}
