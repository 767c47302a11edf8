/**
 * Finds the types of inputs that a net does not declare. Candidates are tried, the most general first and batched
 * forms before others, until one passes through all layers. The symbolic sizes of a candidate are settled to the
 * sizes that the layers demand.
 */
import { languageDtypes } from "../ir/dtype.ts";
import type { Size } from "../ir/size/size.ts";
import type { Accepts } from "../layers/record.ts";
import { runEntry, type TriedInput, type Entry, type ElaboratedEntry, type Setting } from "./entry.ts";
import { Reports } from "./reports.ts";

/**
 * The most general shapes, in the order in which they are tried: shapes with a run, then batched shapes by
 * increasing rank. [N, C, ..., D] is needed only where [N, C] fails.
 */
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

/** One size may settle another, so a candidate is elaborated several times, but no more often than this. */
const MAX_ROUNDS = 6;

export function elaborate(setting: Setting, entry: Entry, reports: Reports): ElaboratedEntry {
  const probing = new Reports();
  const probe = runEntry(setting, entry, probing, undefined, false);
  // A net that exceeds a limit before its input is known exceeds it with every input.
  if (probe.untyped === 0 || probe.context.limits.halted) {
    for (const diagnostic of probing.sorted()) reports.add(diagnostic);
    return probe;
  }
  let best: { candidate: TriedInput; reached: number } | undefined;
  let unbatched: Attempt | undefined;
  for (const accepts of candidates(probe.accepted)) {
    const tried = attempt(setting, entry, accepts);
    const wrong = tried.found.sorted().find((one) => one.severity === "error" && one.code.startsWith("NN2"));
    if (wrong) {
      // An error in a body's result is reported at the body's call, which begins before the body; so ends of
      // spans are compared to find the candidate that came furthest.
      const reached = wrong.span.end;
      if (!best || reached > best.reached) best = { candidate: tried.candidate, reached };
      continue;
    }
    if (!tried.run.context.symbols.hasUnbatched) return adopt(tried, reports);
    unbatched ??= tried;
  }
  return unbatched ? adopt(unbatched, reports) : runEntry(setting, entry, reports, best!.candidate, false);
}

function adopt({ run, found }: Attempt, reports: Reports): ElaboratedEntry {
  for (const diagnostic of found.sorted()) reports.add(diagnostic);
  return run;
}

interface Attempt {
  readonly run: ElaboratedEntry;
  readonly candidate: TriedInput;
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
