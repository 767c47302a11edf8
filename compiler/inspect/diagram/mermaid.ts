/**
 * Writes a diagram in the language of https://mermaid.js.org, which many sites draw where it occurs in Markdown.
 */
import { boxesOf, type Box, type Diagram, type DiagramMember } from "./diagram.ts";

/** The brackets that give a box its shape. */
const brackets: Readonly<Record<Box["shape"], readonly [string, string]>> = {
  input: ["([", "])"],
  output: ["([", "])"],
  parameter: ["[(", ")]"],
  constant: ["(", ")"],
  layer: ["[", "]"],
  kernel: ["[[", "]]"],
};

export function mermaid({ members, edges }: Diagram): string {
  const ids = new Map([...boxesOf(members)].map((box, i) => [box, `n${i}`]));
  let clusters = 0;
  const lines = (member: DiagramMember, indent: string): string[] => {
    if (member.kind === "box") {
      const [open, close] = brackets[member.shape];
      const text = [member.text, member.name]
        .filter((part) => part !== undefined)
        .map(escaped)
        .join("<br>");
      return [`${indent}${ids.get(member)}${open}"${text}"${close}`];
    }
    return [
      `${indent}subgraph c${clusters++}["${escaped(member.label)}"]`,
      ...member.members.flatMap((inner) => lines(inner, `${indent}  `)),
      `${indent}end`,
    ];
  };
  return [
    "flowchart TD",
    ...members.flatMap((member) => lines(member, "  ")),
    ...edges.map(({ from, to, label }) => `  ${ids.get(from)} -->|"${escaped(label)}"| ${ids.get(to)}`),
    "",
  ].join("\n");
}

/**
 * Writes as its code every character except letters, digits and harmless marks: quotes, markup, and the marks of
 * Markdown and its lists.
 */
function escaped(text: string): string {
  return text.replaceAll(
    /[^\p{L}\p{N} .,:()[\]=·/]|\.(?= )/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}
