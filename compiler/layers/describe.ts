/** How the layer graph prints its ops: arguments that differ from their defaults, by name. */
import type { OpText } from "../ir/graph/print-graph.ts";
import { type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { numberText } from "../ir/types.ts";
import type { ArgValue, LayerArg, LayerOp, SubscriptArg } from "./record.ts";

export function describeLayer(op: LayerOp): OpText {
  switch (op.kind) {
    case "input":
      return { name: op.kind, details: [op.name] };
    case "parameter":
      return { name: op.kind, details: [op.path] };
    case "constant":
      return { name: op.kind, details: [argText(op.values.length === 1 ? op.values[0]! : op.values)] };
    case "layer":
      return { name: op.record.name, details: [...argTexts(op), ...(op.mode ? [`in ${op.mode} mode`] : [])] };
  }
}

function argTexts({ record, args }: LayerArg): string[] {
  return Object.entries(record.args).flatMap(([name, spec]) => {
    const value = args[name];
    if (value === undefined) return [];
    const text = argText(value);
    return spec.default === undefined || argText(spec.default) !== text ? [`${name}=${text}`] : [];
  });
}

/** The text of an argument in the language: `[3, 4]`, `True`, `none`. */
export function argText(value: ArgValue): string {
  if (value === null) return "none";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value);
  if (isList(value)) return `[${value.map(argText).join(", ")}]`;
  if ("record" in value) return `${value.record.name}(${argTexts(value).join(", ")})`;
  return "subscript" in value ? subscriptText(value) : sizeText(value);
}

function isList(value: ArgValue): value is readonly ArgValue[] {
  return Array.isArray(value);
}

function subscriptText(entry: SubscriptArg): string {
  const bound = (size: Size | null): string => (size === null ? "" : sizeText(size));
  switch (entry.subscript) {
    case "at":
      return sizeText(entry.index);
    case "slice":
      return `${bound(entry.start)}:${bound(entry.stop)}${entry.step === 1 ? "" : `:${entry.step}`}`;
    case "new":
      return "none";
    case "ellipsis":
      return "...";
  }
}
