/** Prints the differences between two nets, as text and as JSON. */
import { sub, type Size } from "../ir/size/size.ts";
import { typeText } from "../ir/types.ts";
import type { EndChange, Fact, LayerChange, NetDiff, Totals } from "./diff.ts";
import { sizeJson, typeJson } from "./info.ts";
import { layerText, type Layer } from "./layers.ts";
import { bytesText, formulaText, table } from "./text.ts";
import { visible } from "../../runtime/visible.ts";

export function isEqual({ ends, layers }: NetDiff): boolean {
  return ends.length === 0 && layers.length === 0;
}

/** The text of the differences: `+` marks what was added, `-` what was removed, `~` what changed. */
export function diffText(diff: NetDiff): string {
  const changes = [...diff.ends.flatMap(endLines), ...diff.layers.flatMap(layerLines)];
  return `${[...changes, "", ...totalLines(diff)].join("\n")}\n`;
}

function endLines({ kind, name, facts }: EndChange): string[] {
  const type = facts.find(({ what }) => what === "type")?.values ?? [""];
  if (type[0] === undefined) return [`+ ${kind} ${visible(name)}: ${valueText("type", type[1])}`];
  if (type.length === 2 && type[1] === undefined)
    return [`- ${kind} ${visible(name)}: ${valueText("type", type[0])}`];
  return [`~ ${kind} ${visible(name)}`, ...factLines(facts)];
}

function layerLines(change: LayerChange): string[] {
  if (change.change !== "changed") {
    const { node } = change.layer;
    const types = node.types.map(typeText).join(", ");
    return [`${change.change === "added" ? "+" : "-"} ${title(change.layer)}: ${types}`];
  }
  const [before, after] = change.layers;
  const path = change.facts.find(({ what }) => what === "path");
  const facts = change.facts.filter((one) => one !== path);
  const from = path ? `${before.name} -> ` : "";
  return [`~ ${from}${title(after)}`, ...factLines(facts)];
}

function title({ name, text }: Layer): string {
  return `${name}  ${text}`;
}

function factLines(facts: readonly Fact[]): string[] {
  const rows = facts.map(({ what, values: [before, after] }) => [
    `    ${visible(what)}`,
    `${valueText(what, before)} -> ${valueText(what, after)}`,
  ]);
  return table(rows);
}

function valueText(what: string, value: string | Size | undefined): string {
  if (value === undefined) return "none";
  if (typeof value === "string") return visible(value);
  return what === "read" || what === "written" ? bytesText(value) : formulaText(value);
}

const totals: readonly (readonly [keyof Totals, string])[] = [
  ["parameters", "parameters"],
  ["macs", "MACs"],
  ["read", "read"],
  ["written", "written"],
];

function totalLines({ totals: [before, after] }: NetDiff): string[] {
  return table(
    totals.map(([field, what]) => {
      const [from, to] = [before[field], after[field]];
      const text = (size: Size): string => valueText(what, size);
      const change = sub(to, from);
      if (change === 0) return [what, text(to)];
      const sign = text(change).startsWith("-") ? "" : "+";
      return [what, `${text(from)} -> ${text(to)}  (${sign}${text(change)})`];
    }),
  );
}

export function diffJson(diff: NetDiff): object {
  const [before, after] = diff.totals;
  return {
    equal: isEqual(diff),
    ends: diff.ends.map(({ kind, name, facts }) => ({ kind, name, facts: facts.map(factJson) })),
    layers: diff.layers.map((change) =>
      change.change === "changed"
        ? {
            change: change.change,
            before: layerJson(change.layers[0]),
            after: layerJson(change.layers[1]),
            facts: change.facts.map(factJson),
          }
        : { change: change.change, ...layerJson(change.layer) },
    ),
    totals: Object.fromEntries(
      totals.map(([field]) => [field, [sizeJson(before[field]), sizeJson(after[field])]]),
    ),
  };
}

function layerJson({ name, node, place }: Layer): object {
  return { name, layer: layerText(node), place, outputs: node.types.map(typeJson) };
}

function factJson({ what, values }: Fact): object {
  const [before, after] = values.map((value) =>
    value === undefined ? null : typeof value === "string" ? value : sizeJson(value),
  );
  return { what, before, after };
}
