/**
 * No layer divides to find a place in memory in an inner loop: for each of its samples, on the sample's sizes and on the
 * most general input that it takes.
 */
import { expect, test } from "vitest";
import { walk, sizesOfStatement, type Plan, type Statement } from "../../compiler/ir/plan/plan.ts";
import { monomials, type Size } from "../../compiler/ir/size/size.ts";
import type { TensorType } from "../../compiler/ir/types.ts";
import { allRecords } from "../../compiler/layers/index.ts";
import type { LayerRecord, Mode, Sample } from "../../compiler/layers/record.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { callOf } from "../layers/call.ts";
import { fits, generalType, sampleTypes, single } from "../layers/single.ts";

/** The loops of a plan that have no loop inside them. */
function* innerLoops({ prepare, run }: Plan): Generator<Extract<Statement, { kind: "loop" }>> {
  for (const { kernel } of [...prepare, ...run])
    for (const statement of walk(kernel.body))
      if (statement.kind === "loop" && statement.body.every(({ kind }) => kind !== "loop")) yield statement;
}

/** The quotients and remainders in a size, as they are printed. */
function divisionsIn(size: Size): string[] {
  return monomials(size).flatMap(({ atoms }) =>
    atoms.flatMap((atom) => {
      if (atom.kind === "symbol") return [];
      const own = atom.kind === "floordiv" || atom.kind === "mod" ? [atom.key] : [];
      return [...own, ...divisionsIn(atom.left), ...divisionsIn(atom.right)];
    }),
  );
}

function divisionsOf(
  record: LayerRecord,
  sample: Sample,
  types: readonly TensorType[],
  mode: Mode,
): string[] {
  const graph = single(record, callOf(record, sample.source), types, mode);
  if (typeof graph === "string") throw new Error(graph);
  const made = plan(graph, { mode });
  const found = [...innerLoops(made)].flatMap(({ body }) =>
    body.flatMap(sizesOfStatement).flatMap(divisionsIn),
  );
  return [...new Set(found)].map((division) => `${sample.source}, ${mode}: ${division}`);
}

const samples = allRecords.flatMap((record) => record.samples.map((sample) => ({ record, sample })));

test("the sizes of a sample", () => {
  const found = samples.flatMap(({ record, sample }) =>
    (sample.modes ?? (["eval", "train"] as const)).flatMap((mode) =>
      divisionsOf(record, sample, sampleTypes(sample), mode),
    ),
  );
  expect(found).toEqual([]);
});

test("general sizes", () => {
  const found = samples.flatMap(({ record, sample }) => {
    const general = record
      .accepts?.(callOf(record, sample.source))
      .find((accepts) => fits(accepts, sample.inputs[0]!));
    if (!general) return [];
    return (sample.modes ?? (["eval", "train"] as const)).flatMap((mode) =>
      divisionsOf(record, sample, [generalType(general)], mode),
    );
  });
  expect(found).toEqual([]);
});
