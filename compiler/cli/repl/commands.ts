/** The commands of a session. Each returns the text to print, or throws an error. */
import { resolve } from "node:path";
import type { Source } from "../../../grammar/source.ts";
import { moduleHeader } from "../../emit/host/header.ts";
import { moduleText } from "../../emit/host/module.ts";
import { explain, explainText } from "../../inspect/explain.ts";
import { infoOf, infoText } from "../../inspect/info.ts";
import { inspect } from "../../inspect/inspect.ts";
import { plan } from "../../pipeline/pipeline.ts";
import { printStage, type Stage } from "../../pipeline/stage.ts";
import { wrongSeed } from "../../../runtime/random.ts";
import { Failure } from "../io.ts";
import { notesText } from "../report.ts";
import { layerHelp, tablesText } from "../commands/layers.ts";
import { isSameFile, writeFilesNow } from "../write.ts";
import { sessionText } from "./save.ts";
import { SESSION, type Session } from "./live-session.ts";
import { measured } from "./time.ts";
import type { Subject } from "./session-state.ts";
import { listWeights, loadWeights } from "./session-weights.ts";

export interface Command {
  /** The text after the command's name. */
  readonly argument: string;
  readonly help: string;
  /** What kind of argument the command takes, for completion. */
  readonly takes?: "expression" | "layer" | "file" | "weights" | readonly string[];
  /** `source` is the typed line, in which the argument is at its place. */
  readonly run: (session: Session, argument: string, source: Source) => string;
}

export const commands: Readonly<Record<string, Command>> = {
  help: { argument: "", help: "Show this", run: () => helpText() },
  layers: {
    argument: "[NAME]",
    help: "List the layers, or show one",
    takes: "layer",
    run: (_, name) => (name === "" ? tablesText() : layerHelp(name)),
  },
  graph: onSubject("Show the layers of an expression, or of the last one", (subject) =>
    printStage({ kind: "layers", graph: subject.graph }),
  ),
  plan: onSubject("Show the loops that compute it", (subject) => {
    let last: Stage | undefined;
    plan(subject.graph, { mode: subject.mode, onPass: (_, stage) => (last = stage) });
    return printStage(last!);
  }),
  code: onSubject(
    "Show the JavaScript that computes it",
    ({ graph, mode, text }) =>
      moduleText(plan(graph, { mode }), { header: moduleHeader(text, SESSION) }).code,
  ),
  info: onSubject("Show its layers, parameters and costs", ({ graph, mode }) =>
    infoText(infoOf(inspect(graph, mode))),
  ),
  explain: onSubject("Tell what was fused, folded and prepared, and why", ({ graph, mode }) => {
    const inspection = inspect(graph, mode);
    return explainText(inspection, explain(inspection));
  }),
  time: onSubject("Measure how long it takes, at the median", measured, true),
  weights: {
    argument: "[NAME] [FILE]",
    help: "Show parameters, or read them from a safetensors file",
    takes: "weights",
    run: (session, argument, source) =>
      listWeights(session, argument) ?? loadWeights(session, argument, source),
  },
  mode: {
    argument: "[eval|train]",
    help: "Show or set the mode; in train, layers take the statistics of the batch and keep them",
    takes: ["eval", "train"],
    run(session, mode) {
      if (mode === "eval" || mode === "train") session.mode = mode;
      else if (mode !== "") throw new Failure(`a mode is eval or train, not ${mode}`);
      return mode === "" ? session.mode : "";
    },
  },
  seed: {
    argument: "[N]",
    help: "Show the seed, or begin random numbers anew, as torch.manual_seed(N)",
    run(session, text) {
      if (text === "") return String(session.seed);
      const seed = /^[-+]?\d+$/.test(text) ? BigInt(text) : undefined;
      if (seed === undefined || wrongSeed(seed) !== undefined)
        throw new Failure("a seed is an integer from -2^63 to 2^64 - 1");
      session.seed = seed;
      return "";
    },
  },
  load: {
    argument: "FILE",
    help: "Run the statements of a file",
    takes: "file",
    run(session, path) {
      if (path === "") throw new Failure("say which file: .load net.nn");
      return session.load(path);
    },
  },
  save: {
    argument: "[--force] FILE",
    help: "Write the session as a file that nnc check accepts",
    takes: "file",
    run(session, argument) {
      const whole = argument.trim();
      const force = /^--force(?!\S)/.test(whole);
      const path = force ? whole.slice("--force".length).trim() : whole;
      if (!path.endsWith(".nn")) throw new Failure("say which file, with .nn at its end: .save net.nn");
      return save(session, path, force);
    },
  },
  reset: {
    argument: "",
    help: "Forget everything",
    run(session) {
      session.reset();
      return "";
    },
  },
};

/**
 * Saves the session. A file that the session wrote before may be replaced, unless the session imports it: it
 * would then import itself.
 */
function save(session: Session, path: string, force: boolean): string {
  const text = sessionText(session.state.log, path);
  const isImported = session.reader.imported.some((one) => isSameFile(one, path));
  const before = isImported ? undefined : session.saved.get(resolve(path));
  const wayOut = { force: `.save --force ${path} replaces it`, other: "choose another name" };
  const notes = writeFilesNow([{ path, content: text, ...(before !== undefined && { replaces: before }) }], {
    force,
    never: session.reader.inputs(),
    wayOut,
  });
  session.saved.set(resolve(path), text);
  return notesText(notes);
}

/** A command about the value of an expression, or about the value that the last line gave. */
function onSubject(help: string, show: (subject: Subject) => string, computes: boolean = false): Command {
  return {
    argument: "[EXPRESSION]",
    help,
    takes: "expression",
    run(session, text, source) {
      const subject = text === "" ? session.state.last : session.peek(source, computes);
      if (subject) return show(subject);
      throw new Failure(
        text === "" ? "there is no net yet: write an expression" : `${text} is neither tensor nor layer`,
      );
    },
  };
}

/** The commands that node:repl provides. */
export const otherCommands: ReadonlyMap<string, string> = new Map([
  ["editor", "Write several lines, then Ctrl-D"],
  ["exit", "Leave, as Ctrl-D does"],
]);

function helpText(): string {
  const rows = [
    ...Object.entries(commands).map(([name, { argument, help }]) => [`.${name} ${argument}`, help] as const),
    ...[...otherCommands].map(([name, help]) => [`.${name}`, help] as const),
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    "Write an expression to see its value, or NAME = EXPRESSION to keep it:",
    "  x = [1, 2, 3]",
    "  m = Linear(3, 4) -> ReLU",
    "  x -> m",
    "",
    ...rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`),
  ].join("\n");
}
