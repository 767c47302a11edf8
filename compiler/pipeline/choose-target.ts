/** Chooses what a net's kernels run on. */
import type { Graph } from "../ir/graph/graph.ts";
import { macsOf } from "../ir/graph/macs.ts";
import { Scans } from "../ir/graph/scans.ts";
import { evaluateSize, symbolsOf } from "../ir/size/size.ts";
import { SizeLimit } from "../ir/size/size-limit.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { expanded } from "../passes/expand.ts";
import { withoutDead } from "../passes/prune.ts";
import { chosenTargets, type Allowed, type Chosen, type TargetChoice } from "../target/index.ts";

/** The targets of a user's choice for a net. */
export function targetsFor(
  choice: TargetChoice,
  graph: Graph<LayerOp>,
  mode: Mode,
  allowed?: Allowed,
): Chosen {
  return chosenTargets(choice, () => leastMacs(graph, mode), allowed);
}

/** The multiply-accumulates of a call where each size that only calls know is 1, such as that of a batch. */
function leastMacs(graph: Graph<LayerOp>, mode: Mode): number {
  try {
    const { nodes } = withoutDead(expanded(graph, mode), []);
    const macs = macsOf(nodes, new Scans(nodes));
    return Math.max(0, evaluateSize(macs, new Map([...symbolsOf(macs)].map((name) => [name, 1]))));
  } catch (cause) {
    // The passes meet it again, and say where it is.
    if (cause instanceof SizeLimit) return 0;
    throw cause;
  }
}
