/**
 * The part of a value that a session keeps between its lines: the structure of the value, with tensors replaced
 * by their types. Nodes belong to one net, and each line is a net.
 */
import type { Held, Kept, TensorValue, Value } from "./meanings.ts";

/**
 * Keeps a value. `hold` gives for each tensor in it, or for a bound layer's parameter, the record that the
 * session keeps.
 */
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

/**
 * Rebuilds a kept value in another net. `take` makes each tensor under a name derived from `name`: `h`, `h_c_n`,
 * `h_0`.
 */
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

/**
 * The tensors in a kept value, each with its name within the value: `h_n`, `0`. The name of a single tensor is
 * empty.
 */
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
