/** The library as the resolver sees it. Tests pass tables of their own. */
import { combinators, type Combinator } from "../layers/combinators.ts";
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

export function entryNames(table: Table): string[] {
  return [...table.records.keys(), ...table.combinators.keys()];
}
