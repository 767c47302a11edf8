/** Makes a drawing of a diagram, which Graphviz lays out. */
import type { Diagram } from "./diagram.ts";
import { dot } from "./dot.ts";

/** Loads Graphviz, which has more than a megabyte, at the first call. Throws an Error if the layout fails. */
export async function svg(diagram: Diagram): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const graphviz = await instance();
  return graphviz.renderString(dot(diagram), { format: "svg" });
}
