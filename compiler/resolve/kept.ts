/**
 * What a session keeps of a value between its lines: structure as it was, tensors replaced by their types. Nodes
 * belong to one net, and each line is a net of its own.
 */
import type { Held, Kept, TensorValue, Value } from "./meanings.ts";

/** `hold` is given what stands for a tensor: one of this net, or a bound layer's parameter. */
export function keep(value: Value, hold: (value: Value) => Held): Kept {
  switch (value.kind) {
    case "tensor":
    case "reference":
      return { kind: "held", held: hold(value) };
    case "results":
      return { ...value, items: value.items.map((item) => ({ ...item, value: hold(item.value) })) };
    case "list":
      if (!holdsTensors(value)) return { kind: "plain", value };
      return { ...value, items: value.items.map((item) => keep(item, hold)) };
    default:
      return { kind: "plain", value };
  }
}

export function holdsTensors(value: Value): boolean {
  if (value.kind === "list") return value.items.some(holdsTensors);
  return value.kind === "tensor" || value.kind === "results" || value.kind === "reference";
}

/** The value in another net; `take` is given a name for each tensor: `h`, `h_c_n`, `h_0`. */
export function revive(kept: Kept, name: string, take: (held: Held, name: string) => TensorValue): Value {
  switch (kept.kind) {
    case "held":
      return take(kept.held, name);
    case "results":
      return {
        ...kept,
        items: kept.items.map((item, i) => ({
          ...item,
          value: take(item.value, `${name}_${item.name ?? i}`),
        })),
      };
    case "list":
      return { ...kept, items: kept.items.map((item, i) => revive(item, `${name}_${i}`, take)) };
    case "plain":
      return kept.value;
  }
}

/** The tensors in it, each with its name within the value: `h_n`, `0`; a single one has none. */
export function tensorsOf(kept: Kept, name: string = ""): { readonly name: string; readonly held: Held }[] {
  const within = (part: string | number): string => (name === "" ? `${part}` : `${name}.${part}`);
  switch (kept.kind) {
    case "held":
      return [{ name, held: kept.held }];
    case "results":
      return kept.items.map((item, i) => ({ name: within(item.name ?? i), held: item.value }));
    case "list":
      return kept.items.flatMap((item, i) => tensorsOf(item, within(i)));
    case "plain":
      return [];
  }
}
