/** The samples of all layers in each mode that they are for. */
import { allRecords } from "../../compiler/layers/index.ts";
import type { LayerRecord, Mode, Sample } from "../../compiler/layers/record.ts";
import { everyday } from "../everyday.ts";

export type SampleCase = readonly [title: string, record: LayerRecord, sample: Sample, mode: Mode];

const all: readonly SampleCase[] = allRecords.flatMap((record) =>
  record.samples.flatMap((sample) =>
    (sample.modes ?? (["eval", "train"] as const)).map((mode): SampleCase => {
      return [`${sample.source} of ${JSON.stringify(sample.inputs)}, ${mode}`, record, sample, mode];
    }),
  ),
);

/** One of three of them, and of each layer at least one. */
export const sampleCases: readonly SampleCase[] = everyday(all, 3, ([, record]) => record);
