/** Looks for a random net that is compiled wrongly, and writes the smallest one down. */
import fc from "fast-check";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TargetName } from "../../compiler/ir/plan/plan.ts";
import type { Computed, Tensors } from "./agree.ts";
import { netOf, type Recipe } from "./nets.ts";
import { trialOf, type Trial } from "./trial.ts";

/** What was tried so far. */
export interface Findings {
  nets: number;
  /** How often each record stood in a net, by name. */
  readonly layers: Map<string, number>;
  values: number;
  /** Of values that rounding usually explains, in ULP. */
  error: number;
  /** Values beyond that, which random rounding explains. */
  explained: number;
  /** Texts that say what is wrong, and where the net is. */
  readonly failures: string[];
}

export function noFindings(): Findings {
  return { nets: 0, layers: new Map(), values: 0, error: 0, explained: 0, failures: [] };
}

/** A net may shrink slowly; what it is after five minutes will do. */
const LIMIT = 300_000;

/** Where nets that fail are written. */
const FOLDER = fileURLToPath(new URL("failures", import.meta.url));

export function search(
  recipes: fc.Arbitrary<Recipe>,
  options: {
    readonly seed: number;
    readonly runs: number;
    readonly name: string;
    readonly target?: TargetName;
  },
  findings: Findings,
): void {
  const { seed, runs, target } = options;
  const property = fc.property(recipes, (recipe) => {
    const trial = trialOf(netOf(recipe), target);
    if (trial.failure === undefined) add(findings, trial);
    return trial.failure === undefined;
  });
  const found = fc.check(property, { seed, numRuns: runs, interruptAfterTimeLimit: LIMIT });
  if (!found.counterexample) return;
  const trial = trialOf(netOf(found.counterexample[0]), target);
  const path = write(options.name, trial);
  findings.failures.push(`${trial.failure!.wrong}\n${path}:\n${trial.net.text}`);
}

function add(findings: Findings, { layers, values, error, explained }: Trial): void {
  findings.nets++;
  findings.values += values;
  findings.explained += explained;
  findings.error = Math.max(findings.error, error);
  for (const [name, count] of layers) findings.layers.set(name, (findings.layers.get(name) ?? 0) + count);
}

/** Writes a net, and beside it what it was given, what it must give and what it gave. */
function write(name: string, { net, failure }: Trial): string {
  const { wrong, given, want, got } = failure!;
  const report = {
    wrong,
    mode: net.mode,
    args: net.args,
    sizes: given && Object.fromEntries(given.sizes),
    inputs: given && tensors(given.inputs),
    parameters: given && tensors(given.parameters),
    want: want && computed(want),
    got: got && computed(got),
  };
  mkdirSync(FOLDER, { recursive: true });
  const path = `${FOLDER}/${name}.nn`;
  writeFileSync(path, net.text);
  writeFileSync(path.replace(/nn$/, "json"), `${JSON.stringify(report, undefined, 1)}\n`);
  return path;
}

function tensors(all: Tensors): object {
  return mapped(all, ({ dtype, shape, data }) => ({ dtype, shape, data: numbers(data) }));
}

function computed({ outputs, updates }: Computed): object {
  return { outputs: mapped(outputs, numbers), updates: mapped(updates, numbers) };
}

/** JSON has no infinities and no -0. */
function numbers(data: ArrayLike<number>): (number | string)[] {
  return Array.from(data, (x) => (Object.is(x, -0) ? "-0" : Number.isFinite(x) ? x : String(x)));
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
