/** Which layer of one net is which of another: by weight path first, then by order. */
import { append } from "../ir/multimap.ts";
import { diffArrays } from "diff";
import { pathOf, type Layer } from "./layers.ts";

/** Partners in both directions; a layer without one was added or removed. */
export type Partners = ReadonlyMap<Layer, Layer>;

/**
 * Layers of one kind on one path are the same, in their order where several share the path. What is left is paired in
 * the order of the nets: first what is written alike, then what is of one kind; last what took the place of another
 * kind on its path.
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
  for (const [path, layers] of paths) pairUp(layers, others.get(path) ?? [], kindOf);
  pairUp(before, after, (layer) => layer.text);
  pairUp(before, after, kindOf);
  for (const [path, layers] of paths) pairUp(layers, others.get(path) ?? [], () => "");
  return partners;
}

/** The longest common subsequence. What the other side has nowhere is no part of it, and is what takes long. */
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

/** Every layer once, in the order of the net after; what was removed stands behind what it stood behind. */
export function inOrder(
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

export function kindOf({ node: { op } }: Layer): string {
  return op.kind === "layer" ? op.record.name : op.kind;
}

function byPath(layers: readonly Layer[]): Map<string, Layer[]> {
  const found = new Map<string, Layer[]>();
  for (const layer of layers) append(found, pathOf(layer.node), layer);
  return found;
}
