/** The verifier of programs and groups: each rule of their form, broken in text that keeps them all. */
import { expect, test } from "vitest";
import { verifyGroups, verifyProgram } from "../../compiler/passes/verify-groups.ts";
import { readStage } from "../../compiler/pipeline/read-stage.ts";

const groups = `prepare: graph net
param w: f32[3] = 1
%0 = parameter (w) : f32[3]
output p = %1
group 0 -> %1
  %1 = exp %0 : f32[3]

run: graph net
%0 = input (x) : f32[3]
%1 = prepared (p, f64) : f32[3]
input x = %0
output y = %7
update w = %6
%4 = permute %3 ([0]) : f32[3]
group 0 -> %3
  %2 = mul %0 %1 : f32[3]
  %3 = exp %2 : f32[3]
group 1 -> %5
  %5 = contract %4 %1 (a,a->) : f32[]
group 2 -> %6, %7
  %6 = abs %3 : f32[3]
  %7 = sqrt %5 : f32[]
apart %3 and %5: memory
apart %5 and %7: epilogue
`;

function verified(text: string): void {
  const stage = readStage("groups", text);
  if (stage.kind === "groups") verifyGroups(stage.groups);
}

test("groups that keep the rules", () => {
  expect(() => verified(groups)).not.toThrow();
});

test.each<[string, string, string, string]>([
  [
    "a node in no group",
    "group 0 -> %3\n  %2 = mul %0 %1 : f32[3]\n",
    "%2 = mul %0 %1 : f32[3]\ngroup 0 -> %3\n",
    "run: graph net: %2 is in no group",
  ],
  [
    "a view in a group",
    "%4 = permute %3 ([0]) : f32[3]\ngroup 0 -> %3\n",
    "group 0 -> %3\n  %4 = permute %3 ([0]) : f32[3]\n",
    "run: graph net: group 0 has %4, which is nothing that the graph computes",
  ],
  [
    "a group that reads of a later one",
    "group 1 -> %5\n  %5 = contract %4 %1 (a,a->) : f32[]\ngroup 2 -> %6, %7\n  %6 = abs %3 : f32[3]\n  %7 = sqrt %5 : f32[]\n",
    "group 1 -> %6, %7\n  %6 = abs %3 : f32[3]\n  %7 = sqrt %5 : f32[]\ngroup 2 -> %5\n  %5 = contract %4 %1 (a,a->) : f32[]\n",
    "group 1 reads %5 of group 2, which comes later",
  ],
  [
    "two groups in a circle",
    "group 1 -> %5\n  %5 = contract %4 %1 (a,a->) : f32[]\ngroup 2 -> %6, %7\n  %6 = abs %3 : f32[3]\n",
    "  %5 = contract %4 %1 (a,a->) : f32[]\ngroup 1 -> %6, %7\n  %6 = abs %3 : f32[3]\n",
    "%5 reads %3 from memory and is in its group",
  ],
  [
    "a result that nothing needs",
    "group 0 -> %3",
    "group 0 -> %2, %3",
    "group 0 gives %2, %3 where others need %3",
  ],
  [
    "a result that is missing",
    "group 2 -> %6, %7",
    "group 2 -> %7",
    "group 2 gives %7 where others need %6, %7",
  ],
  [
    "results in another order",
    "group 2 -> %6, %7",
    "group 2 -> %7, %6",
    "group 2 gives %7, %6 where others need %6, %7",
  ],
  [
    "a group that nothing needs",
    "output y = %7\nupdate w = %6",
    "output y = %3",
    "group 2 gives %6, %7 where others need nothing",
  ],
  [
    "a half that computes what no output needs",
    "output p = %1",
    "output p = %0",
    "prepare: graph net: group 0 gives %1 where others need nothing",
  ],
  [
    "apart and together",
    "apart %3 and %5",
    "apart %2 and %3",
    "%2 and %3 are said to be apart (memory) and are not",
  ],
  [
    "apart and a leaf",
    "apart %3 and %5",
    "apart %1 and %5",
    "%1 and %5 are said to be apart (memory) and are not",
  ],
  [
    "apart and unrelated",
    "apart %5 and %7",
    "apart %3 and %7",
    "%3 and %7 are said to be apart (epilogue), and the one does not read the other",
  ],
])("%s", (_, from, to, message) => {
  expect(groups).toContain(from);
  expect(() => verified(groups.replace(from, to))).toThrow(message);
});

test("a node in two groups, a node of another graph, nodes out of order", () => {
  const stage = readStage("groups", groups);
  if (stage.kind !== "groups") throw new Error("no groups");
  const { prepare, run } = stage.groups;
  const [first, second, third] = run.groups;
  const of =
    (...list: readonly (typeof first)[]): (() => void) =>
    () =>
      verifyGroups({ prepare, run: { ...run, groups: list.map((group) => group!) } });
  expect(of(first, second, third)).not.toThrow();
  expect(of(first, second, third, second)).toThrow("%5 is in group 1 and in group 3");
  expect(of({ ...first!, nodes: first!.nodes.toReversed() }, second, third)).toThrow(
    "the nodes of group 0 are not in the order of the graph",
  );
  expect(of(...prepare.groups, second, third)).toThrow(
    "group 0 has %1, which is nothing that the graph computes",
  );
  expect(of(first, second, third, { nodes: [], results: [] })).toThrow("nothing needs group 3");
});

test("the halves of a program fit each other", () => {
  const program = (change: (text: string) => string): void => {
    const lines = groups.split("\n").filter((line) => !/^(group|apart)/.test(line));
    const stage = readStage("program", change(lines.map((line) => line.trimStart()).join("\n")));
    if (stage.kind === "program") verifyProgram(stage.program);
  };
  program((text) => text);
  expect(() => program((text) => text.replace("output p", "output q"))).toThrow(
    "graph net: prepare makes no p",
  );
  expect(() => program((text) => text.replace("(p, f64) : f32[3]", "(p, f64) : f32[1]"))).toThrow("p is f32[3] where f32[1] is read"); // prettier-ignore
  expect(() => program((text) => text.replace("output p", "update w = %1\noutput p"))).toThrow("takes no input and updates nothing"); // prettier-ignore
});
