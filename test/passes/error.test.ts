/** A pass that fails: the error has what the pass was given, which can be read and run again. */
import { expect, test } from "vitest";
import { report } from "../../compiler/cli/report.ts";
import { PassError } from "../../grammar/nn-error.ts";
import { printTensorGraph } from "../../compiler/ir/graph/print-graph.ts";
import { readTensorGraph } from "../../compiler/ir/graph/read-graph.ts";
import { planTensors, signatureOf } from "../../compiler/pipeline/pipeline.ts";
import { steps } from "./stages.ts";
import { readStage } from "../../compiler/pipeline/read-stage.ts";

// A table of rows is a row short of what is read from it, which no pass before `lower` looks at.
const text = `graph net
%0 = input (i) : i32[N]
%1 = constant (7) : f32[]
%2 = gather %1 %0 (checked) : f32[N]
input i = %0
output y = %2
`;

function failure(verify: boolean): PassError {
  const graph = readTensorGraph(text);
  try {
    planTensors(graph, signatureOf(graph), { verify });
  } catch (error) {
    if (error instanceof PassError) return error;
  }
  throw new Error("no pass failed");
}

test("a stage that breaks a rule of its form is found after the first pass", () => {
  const error = failure(true);
  expect(error.message).toMatch(
    /^internal error in pass "prune" of net: graph net, node %2: the table must have rows/,
  );
  expect(error.input).toBe(printTensorGraph(readTensorGraph(text)));
  expect(error.input).toBe(text);
});

test("what a later pass was given is what the pass before it made, and fails again", () => {
  const { pass, input, message } = failure(false);
  expect(pass).toBe("lower");
  expect(input).toMatch(/^run: graph net$/m);
  expect(input).toMatch(/^group 0 -> %2$/m);
  expect(() => steps.get(pass)!.run(readStage("groups", input))).toThrow(message.split(": ").at(-1)!);
});

test("the command shows it", () => {
  let err = "";
  const code = report(failure(false), {
    out: () => {},
    err: (line) => void (err += line),
    stdin: () => Promise.reject(new Error("nothing is read")),
  });
  expect(code).toBe(70);
  expect(err).toMatch(/This is a bug in nnc[^]*in pass "lower"[^]*The pass was given:\nprepare: graph net/);
});
