/** In which order groups can run. */
import type { TensorNode } from "../../ir/build.ts";
import { append } from "../../ir/multimap.ts";
import { insert } from "../../ir/search.ts";

interface Ordered {
  /** In topological order. */
  readonly nodes: readonly TensorNode[];
}

/** Every group after the groups it needs; otherwise in the order of the nodes. */
export function inOrder<Group extends Ordered>(
  groups: Iterable<Group>,
  producersOf: (group: Group) => readonly Group[],
): Group[] {
  const waiting = new Map<Group, number>();
  const consumers = new Map<Group, Group[]>();
  for (const group of groups) {
    const producers = producersOf(group);
    waiting.set(group, producers.length);
    for (const producer of producers) append(consumers, producer, group);
  }
  // The last of the list is the group that the source has first.
  const ready = [...waiting].flatMap(([group, count]) => (count === 0 ? [group] : [])).sort(later);
  const order: Group[] = [];
  for (let group = ready.pop(); group; group = ready.pop()) {
    order.push(group);
    for (const consumer of consumers.get(group) ?? []) {
      const left = waiting.get(consumer)! - 1;
      waiting.set(consumer, left);
      if (left === 0) insert(ready, consumer, (other) => later(other, consumer) >= 0);
    }
  }
  return order;
}

function later(a: Ordered, b: Ordered): number {
  return b.nodes[0]!.id - a.nodes[0]!.id;
}
