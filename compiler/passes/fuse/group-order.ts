/** Orders groups so that they can run. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import { append } from "../../ir/util/multimap.ts";
import { insert } from "../../ir/util/search.ts";

interface Ordered {
  /** The nodes of the group, in topological order. */
  readonly nodes: readonly TensorNode[];
}

/** Each group comes after the groups that it depends on; otherwise groups are in the order of their nodes. */
export function groupsInOrder<Group extends Ordered>(
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
  // The last item of the list is the group that comes first in the source.
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
