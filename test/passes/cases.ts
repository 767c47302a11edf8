/** The cases of `test/passes/PASS/CASE.txt`: a stage before the pass, `---`, the stage after it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { ran, steps } from "./stages.ts";

export interface Case {
  readonly pass: string;
  readonly name: string;
  readonly path: string;
  /** What the file holds. */
  readonly text: string;
}

/** Of all passes that have a folder in this one, in the order of the pipeline. */
export function casesIn(folder: string): Case[] {
  return [...steps.keys()].flatMap((pass) => {
    const own = `${folder}${pass}/`;
    const files = existsSync(own) ? readdirSync(own).sort() : [];
    return files.map((file) => ({
      pass,
      name: file.replace(/\.txt$/, ""),
      path: own + file,
      text: readFileSync(own + file, "utf8"),
    }));
  });
}

/** What the file should hold. A new case has its first half alone. */
export function made({ pass, text }: Case): string {
  const [input] = text.split(/^---$/m);
  return `${input!.trimEnd()}\n---\n${ran(pass, input!)}`;
}
