/** Recorded sessions, in `sessions/`: what a terminal shows for the lines behind its prompts; and the same in a pipe. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { saveSafetensors, tensor } from "../../compiler/index.ts";
import { folder } from "../cli/support.ts";
import { piped, transcript, typedIn } from "./support.ts";

const sessions = new URL("sessions/", import.meta.url);
const names = readdirSync(sessions).filter((name) => name.endsWith(".txt"));

const files = {
  "parts.nn": `width = 2
twice = shared -> shared
shared = Linear(width, 2)
block MLP(dim) { Linear(dim, 2 * dim) -> Tanh -> Linear(2 * dim, dim) }
`,
  "chain.nn": "LayerNorm(10, eps=0) -> PReLU(0.25)\n",
  "wrong.nn": "size = 3\nx -> Linear(size, 4) -> LayerNorm(5)\n",
  "weighted.nn": 'weights "linear.safetensors"\nmodel Net { input x: f32[2]\n  output x -> Linear(2, 2) }\n',
  "linear.safetensors": saveSafetensors({
    weight: tensor([
      [1, 2],
      [3, 4],
    ]),
    bias: tensor([10, 20]),
  }),
  "wrong.safetensors": saveSafetensors({ weight: tensor([1]), extra: tensor([2]) }),
};

test.each(names)("%s on a terminal", async (name) => {
  const path = new URL(name, sessions).pathname;
  const typed = typedIn(readFileSync(path, "utf8"));
  folder(files);
  await expect(await transcript(typed)).toMatchFileSnapshot(path);
});

test.each(names)("%s in a pipe", async (name) => {
  const text = readFileSync(new URL(name, sessions), "utf8");
  folder(files);
  const { code, out, err } = await piped(typedIn(text).join("\n"));
  const shown = text
    .split("\n")
    .filter((line) => !/^(>|\.\.\.)( |$)/.test(line))
    .filter(isSaid);
  expect(code).toBe(err === "" ? 0 : 1);
  // The two streams together say what the terminal shows, each in its order.
  const [results, messages] = [out, err].map((one) => one.split("\n").filter(isSaid));
  expect([...results!, ...messages!].sort()).toEqual([...shown].sort());
  for (const lines of [results!, messages!]) {
    let next = 0;
    for (const line of shown) if (line === lines[next]) next++;
    expect(lines.slice(next)).toEqual([]);
  }
});

function isSaid(line: string): boolean {
  return line !== "";
}

test("the session of the language reference", async () => {
  const reference = readFileSync(new URL("../../grammar/LANGUAGE.md", import.meta.url), "utf8");
  const [, session] = /^```session\n([^]*?)^```$/m.exec(reference)!;
  expect(await transcript(typedIn(session!))).toBe(session);
});
