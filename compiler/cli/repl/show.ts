/** Prints values: tensors as PyTorch prints them, layers and numbers as the language writes them. */
import type { Chain, Item } from "../../../grammar/ast.ts";
import { print } from "../../../grammar/format.ts";
import type { Graph } from "../../ir/graph/graph.ts";
import { numberText } from "../../ir/types.ts";
import type { LayerOp } from "../../layers/record.ts";
import type { Value } from "../../resolve/meanings.ts";
import type { Kept, LineValue } from "../../resolve/session.ts";
import { formatTensor } from "../../../runtime/format-tensor.ts";
import { sizeOf } from "../../../runtime/tensor.ts";
import { resultText, type NamedResults } from "../results.ts";
import type { SessionValues, ShownValue } from "./session-state.ts";

/** The text that a line shows for its value. */
export function shownText(session: SessionValues, { line, value, graph }: ShownValue): string {
  if (value.kind === "kept") return keptText(session, value.kept);
  const text = chainText(((value.kind === "layer" && value.owner) || line).value);
  const notes = [parametersText(session, value, graph), ...(value.kind === "net" ? ["x is not bound"] : [])];
  return `${text}${text.includes("\n") ? "\n" : "  "}# ${notes.join("; ")}`;
}

/** The text that tells how many numbers a layer can train. */
function parametersText(
  session: SessionValues,
  value: Exclude<LineValue, { kind: "kept" }>,
  graph: Graph<LayerOp> | undefined,
): string {
  const cells = value.kind === "layer" && value.owner ? session.cellsOf(value.owner) : undefined;
  if (cells && cells.size > 0)
    return countOf([...cells.values()].map(({ role, tensor }) => ({ role, shape: tensor.shape })));
  if (graph) return countText(graph);
  return value.kind === "layer" && value.open ? "parameters when an input is known" : "0 parameters";
}

export function countText({ parameters }: Graph<LayerOp>): string {
  return countOf(parameters.map(({ role, type }) => ({ role, shape: type.shape as readonly number[] })));
}

function countOf(
  parameters: readonly { readonly role: string; readonly shape: readonly number[] }[],
): string {
  const trained = parameters.filter(({ role }) => role === "param");
  return quantity(
    trained.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    "parameter",
  );
}

export function quantity(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}

function keptText(session: SessionValues, kept: Kept): string {
  switch (kept.kind) {
    case "held":
      return formatTensor(session.tensorOf(kept.held));
    case "results": {
      const named = kept.items.map(({ name, value }) => [name, session.tensorOf(value)] as const);
      if (named.some(([name]) => name === undefined))
        return listText(named.map(([, value]) => formatTensor(value)));
      return resultText(Object.fromEntries(named) as NamedResults).trimEnd();
    }
    case "list":
      return listText(kept.items.map((item) => keptText(session, item)));
    case "plain":
      return plainText(kept.value);
  }
}

function listText(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

/** The text of a value that is known when compiling, as it would be written in the language. */
function plainText(value: Value): string {
  switch (value.kind) {
    case "number": {
      const text = numberText(value.value);
      return value.float && /^-?\d+$/.test(text) ? `${text}.0` : text;
    }
    case "bool":
      return String(value.value);
    case "string":
      return JSON.stringify(value.value);
    case "list":
      return listText(value.items.map(plainText));
    default:
      return value.kind;
  }
}

/** The text of an item in canonical form. */
export function itemText(item: Item): string {
  return print({ kind: "file", items: [item], comments: [], span: item.span }).trimEnd();
}

function chainText(value: Chain): string {
  return itemText({ kind: "chain-statement", value, span: value.span });
}
