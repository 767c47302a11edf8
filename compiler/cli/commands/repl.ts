/** `nnc repl`: reads lines of the language and shows the value of each at once. */
import type { Command } from "commander";
import { exit, Failure, type Io } from "../io.ts";
import { outsideOption } from "../common-options.ts";
import { Conversation } from "../repl/terminal.ts";

interface ReplOptions {
  readonly allowOutside?: true;
}

const help = `
In a pipe there are no prompts; exit code 1 if a line was wrong. Lines are kept for the next
time in NNC_HISTORY, in $XDG_STATE_HOME/nnc/history, or in ~/.nnc_history.

Examples:
  nnc repl
  nnc repl encoder.nn
  printf '[1, 2, 3] -> Softmax(dim=0)\\n' | nnc repl
`;

export function addRepl(program: Command, io: Io): void {
  program
    .command("repl [file]")
    .summary("evaluate expressions line by line")
    .description("Evaluate lines as they are written: tensors, layers, definitions. A file is run first.")
    .addOption(outsideOption())
    .addHelpText("after", help)
    .action((file: string | undefined, options: ReplOptions) => repl(file, options, io));
}

async function repl(file: string | undefined, options: ReplOptions, io: Io): Promise<void> {
  const { stdin: input, stdout: output, stderr: errors, env } = process;
  const conversation = new Conversation(
    io.console ?? { input, output, errors, env },
    io,
    options.allowOutside,
  );
  if (file !== undefined) {
    const text = conversation.session.load(file);
    if (text !== "") io.out(`${text}\n`);
  }
  const code = await conversation.run();
  if (code !== exit.fine) throw new Failure("", code);
}
