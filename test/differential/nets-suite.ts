/** Random nets of one mode, so that each mode is a file of tests of its own, side by side with the other. */
import { describe, expect, test } from "vitest";
import type { Mode } from "../../compiler/layers/record.ts";
import { recipesOf } from "./nets.ts";
import { noFindings, search } from "./search.ts";
import { calls } from "./values.ts";

/** In each mode: as many for each layer. `NETS=20000 SEED=2 npx vitest run test/differential/nets-eval.test.ts` */
const NETS = Number(process.env["NETS"] ?? 1000);
const SEED = Number(process.env["SEED"] ?? 1);

export function describeNets(mode: Mode): void {
  const inMode = calls
    .map((own, place) => ({ place, name: own[0]!.record.name, own }))
    .filter(({ own }) =>
      own.some(({ sample, record, args }) => {
        return (sample.modes ?? [mode]).includes(mode) && record.unsupported?.(mode, args) === undefined;
      }),
    );
  describe(`random nets in ${mode} mode: emitted JS gives what the evaluator gives`, () => {
    test.each(inMode.map(({ name, place }) => [name, place] as const))("with %s", (name, place) => {
      const findings = noFindings();
      const runs = Math.ceil(NETS / inMode.length);
      search(recipesOf(mode, place), { seed: SEED, runs, name: `${name}-${mode}` }, findings);
      expect(findings.failures).toEqual([]);
      expect(findings.layers.get(name)).toBeGreaterThan(0);
    });
  });
}
