/** Writes a diagram in the language of Graphviz, https://graphviz.org/doc/info/lang.html. */
import { visible } from "../../../runtime/visible.ts";
import { boxesOf, type Box, type Diagram, type DiagramMember } from "./diagram.ts";

const styles: Readonly<Record<Box["shape"], string>> = {
  input: 'shape=box, style="rounded,filled", fillcolor="#e8f0e8"',
  output: 'shape=box, style="rounded,filled", fillcolor="#e8f0e8"',
  parameter: 'shape=box, style="dashed"',
  constant: "shape=plain",
  layer: 'shape=box, style="filled", fillcolor="#eef2f8"',
  kernel: 'shape=box, style="filled", fillcolor="#f8f0e4"',
};

export function dot({ name, members, edges }: Diagram): string {
  const ids = new Map([...boxesOf(members)].map((box, i) => [box, `n${i}`]));
  let clusters = 0;
  const lines = (member: DiagramMember, indent: string): string[] => {
    if (member.kind === "box") {
      const text = [member.text, member.name]
        .filter((part) => part !== undefined)
        .map(escaped)
        .join("\\n");
      return [`${indent}${ids.get(member)} [label="${text}", ${styles[member.shape]}];`];
    }
    return [
      `${indent}subgraph cluster_${clusters++} {`,
      `${indent}  label="${escaped(member.label)}";`,
      ...member.members.flatMap((inner) => lines(inner, `${indent}  `)),
      `${indent}}`,
    ];
  };
  return [
    `digraph "${escaped(name)}" {`,
    '  graph [fontname="Helvetica", fontsize=11, labeljust=l, style="rounded", color="#888888"];',
    '  node [fontname="Helvetica", fontsize=11];',
    '  edge [fontname="Helvetica", fontsize=9, color="#555555"];',
    ...members.flatMap((member) => lines(member, "  ")),
    ...edges.map(
      ({ from, to, label }) => `  ${ids.get(from)} -> ${ids.get(to)} [label=" ${escaped(label)}"];`,
    ),
    "}",
    "",
  ].join("\n");
}

/** The text in quotes. In labels, Graphviz interprets HTML entities and its own escapes, so these are escaped. */
function escaped(text: string): string {
  return visible(text).replaceAll("&", "&amp;").replaceAll(/["\\]/g, "\\$&");
}
