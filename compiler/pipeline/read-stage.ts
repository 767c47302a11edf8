/**
 * Reads a stage from the text that `stage.ts` prints. A layer graph cannot be read, since its records are code.
 */
import type { TensorNode } from "../ir/graph/builder.ts";
import { readPlan } from "../ir/plan/read-plan.ts";
import { GraphReading, idOf, readTensorGraph } from "../ir/graph/read-graph.ts";
import { IrError, linesOf, type Line } from "../ir/text/scan.ts";
import type { Apart, Group, Grouped, Obstacle } from "../passes/fuse.ts";
import type { Stage } from "./stage.ts";

/** Reads a stage. Throws IrError, whose message names the line, if the text is not a stage of this kind. */
export function readStage(kind: Exclude<Stage["kind"], "layers">, text: string): Stage {
  switch (kind) {
    case "tensors":
      return { kind, graph: readTensorGraph(text) };
    case "program": {
      const [prepare, run] = readHalves(text);
      if (prepare.groups.length + run.groups.length > 0) throw new IrError("a program has no groups");
      return { kind, program: { prepare: prepare.graph, run: run.graph } };
    }
    case "groups": {
      const [prepare, run] = readHalves(text);
      return { kind, groups: { prepare, run } };
    }
    case "plan":
      return { kind, plan: readPlan(text) };
  }
}

/** Reads the two halves: `prepare: graph mlp` with its lines, then `run: graph mlp` with its own. */
function readHalves(text: string): [prepare: Grouped, run: Grouped] {
  const lines = linesOf(text);
  const at = lines.findIndex((line) => line.sees("run"));
  if (at < 0) throw new IrError("line 1: there is no `run:`");
  return [readHalf("prepare", lines.slice(0, at)), readHalf("run", lines.slice(at))];
}

function readHalf(name: string, [first, ...others]: readonly Line[]): Grouped {
  if (!first) throw new IrError(`line 1: there is no \`${name}:\``);
  first.want(name);
  first.want(":");
  const reading = new GraphReading(first);
  const groups: { readonly nodes: TensorNode[]; readonly results: () => TensorNode[] }[] = [];
  const groupOf = new Map<Line, { readonly nodes: TensorNode[] }>();
  const apart: (() => Apart)[] = [];
  const nodes: Line[] = [];
  for (const line of others) {
    const group = groups.at(-1);
    if (line.sees("%")) {
      if (group && line.indent === 0) line.wrong("a node below a group is indented");
      if (group) groupOf.set(line, group);
      nodes.push(line);
      continue;
    }
    if (line.take("group")) {
      if (line.integer() !== groups.length) line.wrong(`this is group ${groups.length}`);
      line.want("->");
      const ids = line.list(() => wantId(line));
      groups.push({ nodes: [], results: () => ids.map((id) => reading.value(line, id).node) });
    } else if (line.take("apart")) {
      const from = wantId(line);
      line.want("and");
      const to = wantId(line);
      line.want(":");
      const why = line.key(obstacles, "what keeps them apart");
      apart.push(() => ({ from: reading.value(line, from).node, to: reading.value(line, to).node, why }));
    } else if (!reading.line(line)) line.fail("a node, a group, or what a graph declares");
    line.end();
  }
  // Lines of views come before the groups that read them, so nodes are sorted by their numbers.
  for (const line of nodes.sort((a, b) => numberOf(a) - numberOf(b))) {
    const node = reading.node(line)!;
    groupOf.get(line)?.nodes.push(node);
    line.end();
  }
  const made = groups.map(({ nodes, results }): Group => ({ nodes, results: results() }));
  return { graph: reading.graph(), groups: made, apart: apart.map((one) => one()) };
}

function wantId(line: Line): number {
  return idOf(line) ?? line.fail("a node");
}

const obstacles: Readonly<Record<Obstacle, true>> = {
  memory: true, reshape: true, concat: true, scatter: true, prefix: true, draw: true,
  loop: true, large: true, contraction: true, epilogue: true, moved: true, dear: true,
  guarded: true, distance: true, between: true,
}; // prettier-ignore

/** The number of the node that a line defines. */
function numberOf({ text }: Line): number {
  return Number(/%(\d+)/.exec(text)?.[1]);
}
