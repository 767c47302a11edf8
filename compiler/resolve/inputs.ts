/**
 * The inputs that a net does not declare: candidates are tried, the most general first, until one goes
 * through all layers, in their batched form where there is a choice. Sizes of a candidate become what the
 * layers want them to be.
 */
import { languageDtypes } from "../ir/dtype.ts";
import type { Size } from "../ir/size.ts";
import type { Accepts } from "../layers/record.ts";
import { runEntry, type Candidate, type Entry, type Run, type Setting } from "./entry.ts";
import { Reports } from "./reports.ts";

/** The most general shapes of all: with a run, then the batched ones of least rank, with a run where [N, C] fails. */
const SHAPES: readonly Accepts["shape"][] = [
  ["..."],
  ["...", "D"],
  ["N", "..."],
  ["N", "C", "..."],
  ["...", "H", "W"],
  ["N", "...", "D"],
  ["...", "C", "H", "W"],
  ["N", "C"],
  ["N", "C", "...", "D"],
  ["N", "C", "L"],
  ["N", "C", "H", "W"],
  ["N", "C", "D", "H", "W"],
  ["N"],
  [],
];

const GENERAL: readonly Accepts[] = languageDtypes.flatMap((dtype) =>
  SHAPES.map((shape) => ({ dtype, shape })),
);

/** Sizes settle one from another, so that a candidate is looked at a few times. */
const MAX_ROUNDS = 6;

export function elaborate(setting: Setting, entry: Entry, reports: Reports): Run {
  const probing = new Reports();
  const probe = runEntry(setting, entry, probing, undefined, false);
  // What is too large without an input is so with any.
  if (probe.untyped === 0 || probe.context.limits.halted) {
    for (const diagnostic of probing.sorted()) reports.add(diagnostic);
    return probe;
  }
  let best: { candidate: Candidate; reached: number } | undefined;
  let unbatched: Attempt | undefined;
  for (const accepts of candidates(probe.accepted)) {
    const tried = attempt(setting, entry, accepts);
    const wrong = tried.found.sorted().find((one) => one.severity === "error" && one.code.startsWith("NN2"));
    if (wrong) {
      // What is wrong with a body's result stands at what the body is in, which begins before it.
      const reached = wrong.span.end;
      if (!best || reached > best.reached) best = { candidate: tried.candidate, reached };
      continue;
    }
    if (!tried.run.context.symbols.hasUnbatched) return adopt(tried, reports);
    unbatched ??= tried;
  }
  return unbatched ? adopt(unbatched, reports) : runEntry(setting, entry, reports, best!.candidate, false);
}

function adopt({ run, found }: Attempt, reports: Reports): Run {
  for (const diagnostic of found.sorted()) reports.add(diagnostic);
  return run;
}

interface Attempt {
  readonly run: Run;
  readonly candidate: Candidate;
  readonly found: Reports;
}

function attempt(setting: Setting, entry: Entry, accepts: Accepts): Attempt {
  let settled: ReadonlyMap<string, Size> = new Map();
  for (let round = 1; ; round++) {
    const candidate = { accepts, settled };
    const found = new Reports();
    const run = runEntry(setting, entry, found, candidate, true);
    if (run.context.symbols.settled.size === 0 || round === MAX_ROUNDS) return { run, candidate, found };
    settled = new Map([...settled, ...run.context.symbols.settled]);
  }
}

function candidates(accepted: readonly Accepts[]): Accepts[] {
  const unique = new Map<string, Accepts>();
  for (const accepts of [...accepted, ...GENERAL]) {
    const key = `${accepts.dtype} ${accepts.shape.join()}`;
    if (!unique.has(key)) unique.set(key, accepts);
  }
  return [...unique.values()];
}
