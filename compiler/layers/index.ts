/** The table of layers: everything that knows layers reads it. */
import * as adaptive from "./adaptive.ts";
import * as adaptiveSoftmax from "./adaptive-softmax.ts";
import * as arithmetic from "./arithmetic.ts";
import * as attention from "./attention.ts";
import * as batch from "./batch.ts";
import * as bitwise from "./bitwise.ts";
import * as classLosses from "./class-losses.ts";
import * as convolution from "./convolution.ts";
import * as creation from "./creation.ts";
import * as ctcLoss from "./ctc-loss.ts";
import * as cumulative from "./cumulative.ts";
import * as diagonals from "./diagonals.ts";
import * as distance from "./distance.ts";
import * as dropout from "./dropout.ts";
import * as einsum from "./einsum.ts";
import * as elementwiseLosses from "./elementwise-losses.ts";
import * as embedding from "./embedding.ts";
import * as extremum from "./extremum.ts";
import * as fractional from "./fractional.ts";
import * as gated from "./gated.ts";
import * as grid from "./grid.ts";
import * as instance from "./instance.ts";
import * as linear from "./linear.ts";
import * as marginLosses from "./margin-losses.ts";
import * as multihead from "./multihead.ts";
import * as normalization from "./normalization.ts";
import * as padding from "./padding.ts";
import * as patches from "./patches.ts";
import * as pieces from "./pieces.ts";
import * as pointwise from "./pointwise.ts";
import * as pooling from "./pooling.ts";
import * as products from "./products.ts";
import * as randomTensors from "./random-tensors.ts";
import * as rectifier from "./rectifier.ts";
import * as recurrent from "./recurrent.ts";
import * as reduction from "./reduction.ts";
import * as repeats from "./repeats.ts";
import * as resize from "./resize.ts";
import * as response from "./response.ts";
import * as robustReduction from "./robust-reduction.ts";
import * as scattering from "./scattering.ts";
import * as selection from "./selection.ts";
import * as shape from "./shape.ts";
import * as shrink from "./shrink.ts";
import * as shuffle from "./shuffle.ts";
import * as sigmoidal from "./sigmoidal.ts";
import * as softmax from "./softmax.ts";
import * as sorting from "./sorting.ts";
import * as subscript from "./subscript.ts";
import * as switchable from "./switchable.ts";
import * as transcendental from "./transcendental.ts";
import * as transformer from "./transformer.ts";
import * as transformerStacks from "./transformer-stacks.ts";
import * as transposed from "./transposed.ts";
import * as unpooling from "./unpooling.ts";
import type { LayerRecord } from "./record.ts";

/** A group of layers that `nnc layers` lists under one title. */
export interface Family {
  readonly title: string;
  /** The records in the alphabetical order of their names. */
  readonly records: readonly LayerRecord[];
}

export const families: readonly Family[] = [
  family("Linear layers and embeddings", linear, embedding),
  family("Convolutions", convolution, transposed),
  family("Attention", attention, multihead, transformer, transformerStacks),
  family("Activations", rectifier, sigmoidal, gated, shrink, softmax),
  family("Recurrent layers", recurrent),
  family("Normalization", normalization, batch, instance, switchable, response),
  family("Pooling", pooling, adaptive, unpooling, fractional),
  family("Padding", padding),
  family("Dropout", dropout),
  family("Resizing and shuffles", resize, grid, shuffle, patches),
  family("Shapes and subscripts", shape, pieces, selection, scattering, diagonals, repeats, subscript),
  family("Products of vectors and matrices", products, einsum),
  family("Arithmetic and comparisons", arithmetic, bitwise),
  family("Functions of each element", pointwise, transcendental),
  family("Distances", distance),
  family("Losses", elementwiseLosses, classLosses, marginLosses, ctcLoss, adaptiveSoftmax),
  family("Reductions", reduction, extremum, robustReduction),
  family("Sums along an axis", cumulative),
  family("Sorting and what goes by order", sorting),
  family("Tensors without inputs", creation),
  family("Random numbers", randomTensors),
];

function family(title: string, ...files: readonly Readonly<Record<string, unknown>>[]): Family {
  const records = files.flatMap((file) => Object.values(file).filter(isRecord));
  return { title, records: records.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function isRecord(value: unknown): value is LayerRecord {
  return typeof value === "object" && value !== null && "infer" in value && "samples" in value;
}

/** Each record once, in the order of the families. */
export const allRecords: readonly LayerRecord[] = families.flatMap(({ records }) => records);

/**
 * The records by name, aliases included. Entries that only syntax reaches (`x[0]`) have no name and are left out.
 */
export const records: ReadonlyMap<string, LayerRecord> = new Map(
  allRecords
    .filter((record) => !record.hidden)
    .flatMap((record) => [record.name, ...(record.aliases ?? [])].map((name) => [name, record] as const)),
);

/** The records by the text of their infix operator; unary minus is `neg`. */
export const operators: ReadonlyMap<string, LayerRecord> = new Map(
  allRecords.flatMap((record) => (record.operator === undefined ? [] : [[record.operator, record] as const])),
);

/** The names that "did you mean" chooses from. */
export const layerNames: readonly string[] = [...records.keys()];
