/**
 * `nnc completion`: writes scripts that complete commands in a shell. They are made from the program's own
 * commands and options.
 */
import { Argument, type Command, type Option } from "commander";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import type { CommandWords, OptionWords, ValueWords } from "../completion/command-words.ts";
import { zshScript } from "../completion/zsh.ts";
import type { Io } from "../io.ts";
import { familyFacts } from "../layer-facts.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

const help = `
Commands, options and their values are completed, files by what they are wanted for, and
the names of layers.

Examples:
  nnc completion bash >> ~/.bashrc
  nnc completion zsh > ~/.zfunc/_nnc        # a folder of fpath
  nnc completion fish > ~/.config/fish/completions/nnc.fish
`;

export function addCompletion(program: Command, io: Io): void {
  program
    .command("completion")
    .summary("print a script that completes nnc in a shell")
    .description("Print a script that completes the commands of nnc in a shell.")
    .addArgument(new Argument("<shell>", "which one").choices(Object.keys(scripts)))
    .addHelpText("after", help)
    .action((shell: keyof typeof scripts) => io.out(scripts[shell](...wordsOf(program))));
}

/**
 * For arguments and options whose values are files: the endings of file names that are offered. An empty list
 * offers all files.
 */
const endings: Readonly<Record<string, readonly string[]>> = {
  file: [".nn"],
  files: [".nn"],
  before: [".nn"],
  after: [".nn"],
  "--input": [".json", ".npy"],
  "--weights": [".safetensors"],
  "--schedule": [],
  "--output": [],
};

function wordsOf(program: Command): [program: CommandWords, commands: CommandWords[]] {
  const shown = program.createHelp();
  const commands = shown.visibleCommands(program);
  /** The arguments with these names take one of these words. */
  const known: Readonly<Record<string, () => readonly string[]>> = {
    command: () => commands.map((command) => command.name()),
    name: layerNames,
  };
  const words = (command: Command): CommandWords => {
    const [argument] = command.registeredArguments;
    return {
      name: command.name(),
      doc: command.summary() || command.description(),
      options: shown.visibleOptions(command).map(optionWords),
      ...(argument && {
        argument: valueOf(argument.name(), argument.argChoices ?? known[argument.name()]?.()),
      }),
    };
  };
  return [words(program), commands.map(words)];
}

function optionWords({ short, long, description, argChoices, required }: Option): OptionWords {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    doc: description,
    ...(required && { value: valueOf(long ?? "", argChoices) }),
  };
}

function valueOf(name: string, choices: readonly string[] | undefined): ValueWords {
  if (choices) return { kind: "words", words: choices };
  const wanted = endings[name];
  return wanted ? { kind: "files", endings: wanted } : { kind: "other" };
}

/** The names of layers that are words. Operators contain characters with a meaning in shells. */
function layerNames(): string[] {
  const layers = familyFacts().flatMap((family) => family.layers);
  return layers.flatMap(({ name, aliases, named }) => (named ? [name, ...aliases] : [])).sort();
}
