/** Finds which layer of one net corresponds to which layer of another: by weight path first, then by order. */
import { append } from "../ir/util/multimap.ts";
import { diffArrays } from "diff";
import { pathOf, type Layer } from "./layers.ts";

/**
 * The corresponding layer for each layer that has one, in both directions. A layer without a partner was added or
 * removed.
 */
export type Partners = ReadonlyMap<Layer, Layer>;

/**
 * Layers of one kind on one path are partners; if several share the path, they are paired in order. The remaining
 * layers are paired in the order of the nets: first layers whose texts are equal, then layers of one kind, and
 * last a layer and one of another kind that took its path.
 */
export function align(before: readonly Layer[], after: readonly Layer[]): Partners {
  const partners = new Map<Layer, Layer>();
  const pairUp = (a: readonly Layer[], b: readonly Layer[], textOf: (layer: Layer) => string): void => {
    const isFree = (layer: Layer): boolean => !partners.has(layer);
    for (const [one, other] of inCommon(a.filter(isFree), b.filter(isFree), textOf)) {
      partners.set(one, other);
      partners.set(other, one);
    }
  };
  const [paths, others] = [byPath(before), byPath(after)];
  for (const [path, layers] of paths) pairUp(layers, others.get(path) ?? [], layerKind);
  pairUp(before, after, (layer) => layer.text);
  pairUp(before, after, layerKind);
  for (const [path, layers] of paths) pairUp(layers, others.get(path) ?? [], () => "");
  return partners;
}

/**
 * The pairs of the longest common subsequence. Layers whose text occurs on one side only cannot be part of it and
 * are left out first, as they would take most of the time.
 */
function inCommon(
  before: readonly Layer[],
  after: readonly Layer[],
  textOf: (layer: Layer) => string,
): [Layer, Layer][] {
  const [texts, others] = [new Set(before.map(textOf)), new Set(after.map(textOf))];
  const a = before.filter((layer) => others.has(textOf(layer)));
  const b = after.filter((layer) => texts.has(textOf(layer)));
  if (a.length === 1 && b.length === 1) return [[a[0]!, b[0]!]];
  const pairs: [Layer, Layer][] = [];
  if (a.length === 0) return pairs;
  let [i, j] = [0, 0];
  for (const { added, removed, count } of diffArrays(a.map(textOf), b.map(textOf))) {
    if (!added && !removed) for (let k = 0; k < count; k++) pairs.push([a[i + k]!, b[j + k]!]);
    if (!added) i += count;
    if (!removed) j += count;
  }
  return pairs;
}

/** Every layer once, in the order of the net after. A removed layer comes after the layer that it came after. */
export function layersInOrder(
  before: readonly Layer[],
  after: readonly Layer[],
  partners: Partners,
): { readonly before?: Layer; readonly after?: Layer }[] {
  const behind = new Map<Layer | undefined, Layer[]>();
  let anchor: Layer | undefined;
  for (const layer of before) {
    const partner = partners.get(layer);
    if (partner) anchor = partner;
    else append(behind, anchor, layer);
  }
  const removed = (at?: Layer): { before: Layer }[] =>
    (behind.get(at) ?? []).map((layer) => ({ before: layer }));
  return [
    ...removed(),
    ...after.flatMap((layer) => {
      const partner = partners.get(layer);
      return [{ after: layer, ...(partner && { before: partner }) }, ...removed(layer)];
    }),
  ];
}

export function layerKind({ node: { op } }: Layer): string {
  return op.kind === "layer" ? op.record.name : op.kind;
}

function byPath(layers: readonly Layer[]): Map<string, Layer[]> {
  const found = new Map<string, Layer[]>();
  for (const layer of layers) append(found, pathOf(layer.node), layer);
  return found;
}
