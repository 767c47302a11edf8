/** The library as the resolver sees it. Tests may pass other tables. */
import { combinators, type Combinator } from "../layers/combinators.ts";
import { nameHere } from "../layers/elsewhere.ts";
import { allRecords, operators, records } from "../layers/index.ts";
import type { LayerRecord } from "../layers/record.ts";

export interface Table {
  readonly records: ReadonlyMap<string, LayerRecord>;
  /** The records of operators by their text; unary minus is `neg`. */
  readonly operators: ReadonlyMap<string, LayerRecord>;
  /** The record that `x[…]` applies. Its one argument takes the indices. */
  readonly subscript: LayerRecord | undefined;
  readonly combinators: ReadonlyMap<string, Combinator>;
}

export const library: Table = {
  records,
  operators,
  subscript: allRecords.find((record) => record.hidden && record.operator === undefined),
  combinators,
};

/** The entry that does the same as a function or layer of another library, such as `leaky_relu`. */
export function spell(table: Table, name: string): { layer: string; inputs: number } | undefined {
  const layer = nameHere(name, table.records.keys());
  return layer === undefined ? undefined : { layer, inputs: table.records.get(layer)!.inputs.length };
}

export function entryNames(table: Table): string[] {
  return [...table.records.keys(), ...table.combinators.keys()];
}
