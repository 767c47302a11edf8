/** The script for fish. */
import type { CommandWords, OptionWords, ValueWords } from "./command-words.ts";

export function fishScript(program: CommandWords, commands: readonly CommandWords[]): string {
  const first = "-n __fish_use_subcommand";
  return [
    "# Completes nnc in fish.",
    "complete -c nnc -f",
    ...program.options.map((option) => line(first, optionText(option))),
    ...commands.map(({ name, doc }) => line(first, `-a ${name} -d ${quoted(doc)}`)),
    ...commands.flatMap(({ name, options, argument }) => {
      const within = `-n '__fish_seen_subcommand_from ${name}'`;
      const own = options.map((option) => line(within, optionText(option)));
      return argument && argument.kind !== "other" ? [...own, line(within, valueText(argument))] : own;
    }),
    "",
  ].join("\n");
}

function line(condition: string, text: string): string {
  return `complete -c nnc ${condition} ${text}`;
}

function optionText({ flags, doc, value }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, `-d ${quoted(doc)}`, ...(value ? ["-x", valueText(value)] : [])].join(" ").trimEnd();
}

function valueText(value: ValueWords): string {
  switch (value.kind) {
    case "words":
      return `-a ${quoted(value.words.join(" "))}`;
    case "files": {
      // The function lists files with the ending first, and -k keeps them first.
      const endings = value.endings.length === 0 ? [""] : value.endings;
      return `-k -a ${quoted(`(${endings.map((ending) => `__fish_complete_suffix ${ending}`.trimEnd()).join("; ")})`)}`;
    }
    case "other":
      return "";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
