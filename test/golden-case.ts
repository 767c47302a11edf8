/** The golden folders: a source, how it is compiled, and what stands after each stage. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drive } from "../compiler/drive/driver.ts";
import { moduleText } from "../compiler/emit/host/module.ts";
import { emit, NnError, renderDiagnostic, type CompileOptions } from "../compiler/index.ts";
import type { Parameter } from "../compiler/ir/graph/graph.ts";
import type { Call, Plan } from "../compiler/ir/plan/plan.ts";
import { printStage, type Stage } from "../compiler/pipeline/stage.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

export const goldenFolder: string = fileURLToPath(new URL("golden/", import.meta.url));

export const goldenNames: readonly string[] = readdirSync(goldenFolder).sort();

/** `options.json`: those of `compile`, and the path of a source that is not in the folder. */
interface GoldenOptions extends Pick<
  CompileOptions,
  "mode" | "train" | "eval" | "entry" | "args" | "target" | "relaxed" | "weightsAs"
> {
  readonly source?: string;
}

/** Where a stage's text is kept. The graphs as they are handed to `fuse`, the plan as it is printed. */
const stageFiles: Readonly<Record<string, string>> = {
  resolve: "layers.txt",
  split: "tensors.txt",
  fuse: "groups.txt",
  memory: "plan.txt",
};

export interface Golden {
  readonly text: string;
  readonly options: CompileOptions;
  /** What the folder should hold, by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** Absent for a source that is wrong. */
  readonly plan?: Plan;
  /** The emitted module. */
  readonly code?: string;
}

const made = new Map<string, Golden>();

export function golden(name: string): Golden {
  let known = made.get(name);
  if (!known) made.set(name, (known = make(name)));
  return known;
}

function make(name: string): Golden {
  const folder = `${goldenFolder}${name}/`;
  const { source, ...given } = existsSync(`${folder}options.json`)
    ? (JSON.parse(readFileSync(`${folder}options.json`, "utf8")) as GoldenOptions)
    : {};
  const text = readFileSync(source === undefined ? `${folder}source.nn` : root + source, "utf8");
  const options: CompileOptions = { ...given, filename: source ?? "source.nn" };
  const stages = new Map<string, Stage>();
  try {
    const onPass = (pass: string, stage: Stage): unknown => stages.set(pass, stage);
    const { plan } = drive(text, options, { verify: true, onPass });
    const { code, types } = emit(text, options);
    // Modules for WebAssembly are emitted in compact form. Their text before that is compared, without weights.
    const bare = { header: [], weights: { literals: [] } };
    const readable = plan.target === "wasm" ? moduleText(plan, bare).code : code;
    const texts = Object.entries(stageFiles).map(([pass, file]) => [file, printStage(stages.get(pass)!)]);
    return {
      text,
      options,
      plan,
      code,
      files: { ...Object.fromEntries(texts), "module.js": readable, "module.d.ts": types },
    };
  } catch (cause) {
    if (!(cause instanceof NnError)) throw cause;
    const rendered = cause.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, text));
    return { text, options, files: { "diagnostics.txt": `${rendered.join("\n\n")}\n` } };
  }
}

/** What a call is, without its text. */
export interface Shape {
  /** Loops that are in no other; one that does the rest of another's rounds belongs to it. */
  readonly nests: number;
  /** How many arrays that outlive the call it writes. */
  readonly outputs: number;
}

function shape({ kernel, buffers }: Call): Shape {
  const kept = kernel.buffers.filter(
    ({ access }, i) => access !== "read" && buffers[i]!.storage !== "scratch",
  );
  const nests = kernel.body.filter((statement) => statement.kind === "loop" && statement.from === 0);
  return { nests: nests.length, outputs: kept.length };
}

/** The plan of a golden whose source is right, in numbers. */
export interface Counts {
  readonly plan: Plan;
  readonly run: readonly Shape[];
  readonly prepare: readonly Shape[];
  /** Functions that `run` calls: kernels of one text are one. */
  readonly texts: number;
  readonly parameters: readonly Parameter["path"][];
  /** How often a map stands in the loops of `run`. */
  readonly uses: (text: string) => number;
}

export function counts(name: string): Counts {
  const { plan, files } = golden(name);
  if (!plan) throw new Error(`${name}: ${files["diagnostics.txt"]}`);
  const kernels = new Set(plan.run.map(({ kernel }) => kernel));
  const run = files["plan.txt"]!;
  return {
    plan,
    run: plan.run.map(shape),
    prepare: plan.prepare.map(shape),
    texts: kernels.size,
    parameters: plan.parameters.map(({ path }) => path),
    uses: (text) => run.split(text).length - 1,
  };
}
