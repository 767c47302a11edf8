/** A diagram as a drawing, laid out by Graphviz. */
import type { Diagram } from "./diagram.ts";
import { dot } from "./dot.ts";

/** Loads Graphviz, over a megabyte, when it is first asked. Throws an Error where the layout does not end well. */
export async function svg(diagram: Diagram): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const graphviz = await instance();
  return graphviz.renderString(dot(diagram), { format: "svg" });
}
