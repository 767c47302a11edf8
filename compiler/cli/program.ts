/** The commands together: arguments in, exit code out. */
import { Command, CommanderError } from "commander";
import { NnError } from "../error.ts";
import { version } from "../version.ts";
import { addCheck } from "./check.ts";
import { addCompile } from "./compile.ts";
import { addDiff } from "./diff.ts";
import { addExplain } from "./explain.ts";
import { addFmt } from "./fmt.ts";
import { addGraph } from "./graph.ts";
import { addInfo } from "./info.ts";
import { exit, Failure, type ExitCode, type Io } from "./io.ts";
import { addLayers } from "./layers.ts";
import { addPrint } from "./print.ts";
import { addRun } from "./run.ts";

const help = `
Exit codes: 0 fine, 1 something is wrong with the input, 2 with the command line, 70 with nnc.

Examples:
  nnc run layernorm.nn --input x.json
  nnc compile layernorm.nn -o layernorm.js
  nnc help run
`;

/** Runs `nnc` with these arguments. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await makeProgram(io).parseAsync(argv, { from: "user" });
    return exit.fine;
  } catch (cause) {
    return report(cause, io);
  }
}

function makeProgram(io: Io): Command {
  const program = new Command("nnc")
    .description("Compiles small neural nets, written in the .nn language, to JavaScript modules.")
    .version(version, "-V, --version")
    .addHelpText("after", help)
    // Commands take these settings over, so they come first.
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError("(--help shows what there is)");
  for (const add of [
    addRun,
    addCheck,
    addFmt,
    addCompile,
    addPrint,
    addLayers,
    addInfo,
    addExplain,
    addGraph,
    addDiff,
  ])
    add(program, io);
  return program;
}

function report(cause: unknown, io: Io): ExitCode {
  // It has printed its message already.
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? exit.fine : exit.usage;
  if (cause instanceof NnError) {
    io.err(`${cause.message}\n`);
    return exit.input;
  }
  if (cause instanceof Failure) {
    // A command that has said all there is leaves nothing.
    if (cause.message !== "") io.err(`nnc: ${cause.message}\n`);
    return cause.code;
  }
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  io.err(
    `nnc ${version}: internal error. This is a bug in nnc, not in your net: please report it, with the file and this text.\n${text}\n`,
  );
  return exit.internal;
}
