/** Random nets of one mode and target, so that files of tests run side by side. */
import { describe, expect, test } from "vitest";
import type { TargetName } from "../../compiler/ir/plan/plan.ts";
import type { Mode } from "../../compiler/layers/record.ts";
import { manyOf } from "../everyday.ts";
import { recipesOf } from "./nets.ts";
import { noFindings, search } from "./search.ts";
import { calls } from "./values.ts";

/** In each mode: as many for each layer. `NETS=20000 SEED=2 npx vitest run test/differential/nets-eval.test.ts` */
const NETS = process.env["NETS"];
const SEED = Number(process.env["SEED"] ?? 1);

export function describeNets(
  mode: Mode,
  target: TargetName = "js",
  nets = manyOf({ everyday: 300, thorough: 1000 }),
): void {
  const inMode = calls
    .map((own, place) => ({ place, name: own[0]!.record.name, own }))
    .filter(({ own }) =>
      own.some(({ sample, record, args }) => {
        return (sample.modes ?? [mode]).includes(mode) && record.unsupported?.(mode, args) === undefined;
      }),
    );
  describe(`random nets in ${mode} mode on ${target}: emitted code gives what the evaluator gives`, () => {
    test.each(inMode.map(({ name, place }) => [name, place] as const))("with %s", (name, place) => {
      const findings = noFindings();
      const runs = Math.ceil(Number(NETS ?? nets) / inMode.length);
      // Some layers come through in few of the random nets: then more of them are made.
      for (let seed = SEED; seed === SEED || (seed < SEED + 10 && !findings.layers.has(name)); seed++) {
        const asked = { seed, runs, name: `${name}-${mode}-${target}`, target };
        search(recipesOf(mode, place), asked, findings);
      }
      expect(findings.failures).toEqual([]);
      expect(findings.layers.get(name)).toBeGreaterThan(0);
    });
  });
}
