import { records } from "../../compiler/layers/index.ts";
import type { Args, ArgValue, LayerArg, LayerRecord, SubscriptArg } from "../../compiler/layers/record.ts";
import { argsOf } from "./single.ts";

/** The arguments of a call as it is written, `LayerNorm([3, 4], eps=0)`; literals are JSON's and Python's. */
export function callOf(record: LayerRecord, source: string): Args {
  const inside = source.slice(source.indexOf("(") + 1, -1);
  const parts = pieces(inside);
  const named = parts.map((part) => /^\s*(\w+)=(.*)$/.exec(part));
  return argsOf(
    record,
    parts.filter((_, i) => named[i] === null).map(valueOf),
    Object.fromEntries(named.flatMap((match) => (match ? [[match[1]!, valueOf(match[2]!)]] : []))),
  );
}

/** The parts between commas that stand outside of brackets and quotes. */
function pieces(text: string): string[] {
  const parts = [""];
  let depth = 0;
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if ("([".includes(character)) depth++;
    if (")]".includes(character)) depth--;
    if (character === "," && depth === 0 && !isQuoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part.trim() !== "");
}

/** A literal, or a layer that is written as a call. */
function valueOf(text: string): ArgValue {
  const name = /^\s*(\w+)\(/.exec(text)?.[1];
  if (name !== undefined) return layerArgOf(text.trim());
  const plain = text.trim().replaceAll("(", "[").replaceAll(")", "]").replaceAll("'", '"');
  return JSON.parse(
    plain
      .replace("True", "true")
      .replace("False", "false")
      .replace("None", "null")
      .replace(/\binf\b/, "1e999"),
  ) as ArgValue;
}

/** A layer that is an argument of another. */
export function layerArgOf(source: string): LayerArg {
  const record = records.get(source.slice(0, source.indexOf("(")))!;
  return { record, args: callOf(record, source) };
}

/** The entries of `x[…]`, here with numbers only. */
export function subscriptsOf(text: string): SubscriptArg[] {
  return text.split(",").map((part): SubscriptArg => {
    const entry = part.trim();
    if (entry === "...") return { subscript: "ellipsis" };
    if (entry === "none") return { subscript: "new" };
    if (!entry.includes(":")) return { subscript: "at", index: Number(entry) };
    const [start, stop, step] = entry.split(":").map((bound) => (bound.trim() === "" ? null : Number(bound)));
    return { subscript: "slice", start: start ?? null, stop: stop ?? null, step: step ?? 1 };
  });
}
