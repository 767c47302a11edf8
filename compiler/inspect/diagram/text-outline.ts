/** Writes a diagram as indented text. */
import { append } from "../../ir/util/multimap.ts";
import { table } from "../text.ts";
import { visible } from "../../../runtime/visible.ts";
import type { Box, Diagram, Edge, DiagramMember } from "./diagram.ts";

/**
 * Writes one line for each box, with the shapes of its results. The inputs are listed unless the box reads just
 * the line before it.
 */
export function outlineText(diagram: Diagram): string {
  const [into, out] = [by(diagram.edges, "to"), by(diagram.edges, "from")];
  const rows: string[][] = [];
  let previous: Box | undefined;
  const show = (member: DiagramMember, indent: string, path: string): void => {
    if (member.kind === "cluster") {
      rows.push([`${indent}${member.label}`]);
      for (const inner of member.members) show(inner, `${indent}  `, member.path);
      return;
    }
    const reads = [...new Set((into.get(member) ?? []).map(({ from }) => from))];
    const isNext = reads.length === 1 && reads[0] === previous;
    const gives = (member.shape === "output" ? into : out).get(member) ?? [];
    const shapes = [...new Set(gives.map(({ label }) => label))].join(", ");
    const from = isNext || reads.length === 0 ? "" : `from ${reads.map(({ name }) => name).join(", ")}`;
    rows.push([indent + label(member, path), textOf(member), shapes, from]);
    previous = member;
  };
  for (const member of diagram.members) show(member, "", "");
  return `${visible(diagram.name)}\n\n${table(rows).join("\n")}\n`;
}

/**
 * The name of a box within its cluster. A kernel is named after its layers and has no path, except that of
 * `prepare`.
 */
function label({ name, shape }: Box, path: string): string {
  const start = shape === "kernel" ? `${path}.` : path;
  const inner = name.startsWith(start) ? name.slice(start.length).replace(/^\./, "") : name;
  return inner === "" ? "-" : inner;
}

function textOf({ shape, text }: Box): string {
  return text ?? shape;
}

function by(edges: readonly Edge[], end: "from" | "to"): Map<Box, Edge[]> {
  const found = new Map<Box, Edge[]>();
  for (const edge of edges) append(found, edge[end], edge);
  return found;
}
