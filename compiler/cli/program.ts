/** Runs the commands: it takes arguments and returns an exit code. */
import { Command } from "commander";
import { version } from "../../runtime/version.ts";
import { exit, Failure, type ExitCode, type Io } from "./io.ts";
import { refuseSeconds } from "./repeatable.ts";
import { report } from "./report.ts";
import { screened, withArguments } from "./screen.ts";

/** Adds a command to the program, which was called with these arguments. */
type Add = (program: Command, io: Io, argv: readonly string[]) => void;

/** A command is loaded only when it is used, as loading is most of the time of a short run. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  run: async () => (await import("./commands/run.ts")).addRun,
  check: async () => (await import("./commands/check.ts")).addCheck,
  fmt: async () => (await import("./commands/fmt.ts")).addFmt,
  compile: async () => (await import("./commands/compile.ts")).addCompile,
  print: async () => (await import("./commands/print.ts")).addPrint,
  layers: async () => (await import("./commands/layers.ts")).addLayers,
  info: async () => (await import("./commands/info.ts")).addInfo,
  explain: async () => (await import("./commands/explain.ts")).addExplain,
  graph: async () => (await import("./commands/graph.ts")).addGraph,
  bench: async () => (await import("./commands/bench.ts")).addBench,
  diff: async () => (await import("./commands/diff.ts")).addDiff,
  weights: async () => (await import("./commands/weights.ts")).addWeights,
  repl: async () => (await import("./commands/repl.ts")).addRepl,
  completion: async () => (await import("./commands/completion.ts")).addCompletion,
};

const help = `
A file named - is standard input. After -- nothing is an option.
NO_COLOR and FORCE_COLOR say whether diagnostics have colours, else a terminal has them.
Exit codes: 0 fine, 1 something is wrong with the input, 2 with the command line, 70 with nnc.

Examples:
  nnc run layernorm.nn --input x.json
  nnc compile layernorm.nn
  nnc help run
`;

/** Runs `nnc` with these arguments. It never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  // With --json the output is one document and nothing else, even on a terminal.
  const own = screened(argv.includes("--json") ? { ...io, step: undefined } : io);
  try {
    const program = await makeProgram(argv, { ...own, stdin: once(io.stdin) });
    await program.parseAsync(argv, { from: "user" });
    return exit.fine;
  } catch (cause) {
    return report(cause, own);
  } finally {
    own.step?.();
  }
}

/** Makes the program with the commands that the first argument asks for. */
async function makeProgram(argv: readonly string[], io: Io): Promise<Command> {
  const program = new Command("nnc")
    .description("Compiles small neural nets, written in the .nn language, to JavaScript modules.")
    .version(version, "-V, --version")
    .addHelpText("after", help)
    // Commands inherit these settings, so the settings come first.
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (message, write) => write(withArguments(message, argv)),
    })
    .showHelpAfterError("(--help shows what there is)");
  for (const load of wanted(argv[0])) (await load())(program, io, argv);
  program.commands.forEach(refuseSeconds);
  return program;
}

/** The commands to load: all of them for help, completion and "did you mean". */
function wanted(first: string | undefined): readonly (() => Promise<Add>)[] {
  if (first === "--version" || first === "-V") return [];
  const isOne = first !== undefined && first !== "completion" && Object.hasOwn(commands, first);
  return isOne ? [commands[first]!] : Object.values(commands);
}

function once(read: () => Promise<Uint8Array>): () => Promise<Uint8Array> {
  let isRead = false;
  return () => {
    if (isRead) throw new Failure("standard input can be read once only", exit.usage);
    isRead = true;
    return read();
  };
}
