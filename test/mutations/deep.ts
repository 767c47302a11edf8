/** What notices that something was switched off where no case does: the goldens, then random graphs and nets, every way. */
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { graphOf, recipes } from "../differential/graphs.ts";
import { netOf, recipes as netRecipes } from "../differential/nets.ts";
import { trialOf } from "../differential/trial.ts";
import { wrongWith } from "../differential/wrong.ts";
import { golden, goldenFolder, goldenNames } from "../golden-case.ts";
import { fails } from "./fails.ts";

function noticed(): string {
  for (const name of goldenNames) {
    const same = ([file, text]: [string, string]): boolean =>
      readFileSync(`${goldenFolder}${name}/${file}`, "utf8") === text;
    if (fails(() => Object.entries(golden(name).files).every(same))) return `golden/${name}`;
  }
  for (const recipe of fc.sample(recipes, { numRuns: 40, seed: 1 })) {
    if (fails(() => wrongWith(graphOf(recipe), recipe.steps.length) === undefined)) return "random graphs";
  }
  for (const recipe of fc.sample(netRecipes, { numRuns: 20, seed: 1 })) {
    if (fails(() => trialOf(netOf(recipe)).failure === undefined)) return "random nets";
  }
  return "";
}

console.log(noticed());
