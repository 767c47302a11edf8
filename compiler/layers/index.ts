/** The table of layers: everything that knows layers reads it. */
import * as activation from "./activation.ts";
import * as linear from "./linear.ts";
import * as normalization from "./normalization.ts";
import type { LayerRecord } from "./record.ts";

const families: readonly Readonly<Record<string, unknown>>[] = [activation, linear, normalization];

function isRecord(value: unknown): value is LayerRecord {
  return typeof value === "object" && value !== null && "infer" in value && "samples" in value;
}

/** Each record once, in the order of the families. */
export const allRecords: readonly LayerRecord[] = families.flatMap((family) =>
  Object.values(family).filter(isRecord),
);

/** By name, aliases included; entries that only syntax reaches have no name. */
export const records: ReadonlyMap<string, LayerRecord> = new Map(
  allRecords
    .filter((record) => !record.hidden)
    .flatMap((record) => [record.name, ...(record.aliases ?? [])].map((name) => [name, record] as const)),
);

/** By the text of the infix operator that they are; unary minus is `neg`. */
export const operators: ReadonlyMap<string, LayerRecord> = new Map(
  allRecords.flatMap((record) => (record.operator === undefined ? [] : [[record.operator, record] as const])),
);

/** What "did you mean" chooses from. */
export const names: readonly string[] = [...records.keys()];
