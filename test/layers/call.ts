import type { Args, ArgValue, LayerRecord, SubscriptArg } from "../../compiler/layers/record.ts";
import { argsOf } from "./single.ts";

/** The arguments of a call as it is written, `LayerNorm([3, 4], eps=0)`; literals are JSON's and Python's. */
export function callOf(record: LayerRecord, source: string): Args {
  const inside = source.slice(source.indexOf("(") + 1, -1);
  const json = (text: string): ArgValue => {
    const plain = text.trim().replaceAll("(", "[").replaceAll(")", "]").replaceAll("'", '"');
    return JSON.parse(
      plain
        .replace("True", "true")
        .replace("False", "false")
        .replace("None", "null")
        .replace(/\binf\b/, "1e999"),
    ) as ArgValue;
  };
  const parts = inside.split(/,(?![^([]*[)\]])/).filter((part) => part.trim() !== "");
  const named = parts.map((part) => /^\s*(\w+)=(.*)$/.exec(part));
  return argsOf(
    record,
    parts.filter((_, i) => named[i] === null).map(json),
    Object.fromEntries(named.flatMap((match) => (match ? [[match[1]!, json(match[2]!)]] : []))),
  );
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
