/** The library as the resolver sees it. Tests pass tables of their own. */
import { combinators, type Combinator } from "../layers/combinators.ts";
import { nameHere } from "../layers/elsewhere.ts";
import { allRecords, operators, records } from "../layers/index.ts";
import type { LayerRecord } from "../layers/record.ts";

export interface Table {
  readonly records: ReadonlyMap<string, LayerRecord>;
  /** By the text of the infix operator; unary minus is `neg`. */
  readonly operators: ReadonlyMap<string, LayerRecord>;
  /** What `x[…]` means; its one argument takes the indices. */
  readonly subscript: LayerRecord | undefined;
  readonly combinators: ReadonlyMap<string, Combinator>;
}

export const library: Table = {
  records,
  operators,
  subscript: allRecords.find((record) => record.hidden && record.operator === undefined),
  combinators,
};

/** The entry that a function or layer of another library is, such as `leaky_relu`. */
export function spell(table: Table, name: string): { layer: string; inputs: number } | undefined {
  const layer = nameHere(name, table.records.keys());
  return layer === undefined ? undefined : { layer, inputs: table.records.get(layer)!.inputs.length };
}

export function entryNames(table: Table): string[] {
  return [...table.records.keys(), ...table.combinators.keys()];
}
