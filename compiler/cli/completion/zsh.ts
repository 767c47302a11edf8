/** The script for zsh, which is used as a file `_nnc` in a folder of fpath, or is sourced. */
import { shellQuoted, type CommandWords, type OptionWords, type ValueWords } from "./command-words.ts";

export function zshScript(program: CommandWords, commands: readonly CommandWords[]): string {
  return `#compdef nnc
# Completes nnc in zsh.

_nnc() {
  local curcontext=$curcontext state line
  local -A opt_args
${lines("_arguments -C", [...program.options.flatMap(optionSpecs), "'1: :->command'", "'*:: :->words'"], "  ")} && return
  case $state in
  command)
    local -a commands=(
${commands.map(({ name, doc }) => `      ${shellQuoted(`${name}:${escaped(doc)}`)}\n`).join("")}\
    )
    _describe command commands
    ;;
  words)
    case $words[1] in
${commands.map(commandCase).join("")}\
    esac
    ;;
  esac
}

if [[ $funcstack[1] == _nnc ]]; then _nnc "$@"; else compdef _nnc nnc; fi
`;
}

function commandCase({ name, options, argument }: CommandWords): string {
  const specs = options.flatMap(optionSpecs).concat(argument ? shellQuoted(`*:${message(argument)}`) : []);
  return `    ${name})\n${lines("_arguments", specs, "      ")} ;;\n`;
}

/** The specs of an option: `'*--output=[write there]:file:_files'`. The `*` lets it be given again. */
function optionSpecs({ flags, doc, value }: OptionWords): string[] {
  const what = escaped(doc);
  return flags.map((flag) => {
    if (!value) return shellQuoted(`*${flag}[${what}]`);
    return shellQuoted(`*${flag}${flag.startsWith("--") ? "=" : ""}[${what}]:${message(value)}`);
  });
}

/** The message that names the value, and the action that lists candidates. */
function message(value: ValueWords): string {
  switch (value.kind) {
    case "words":
      return `word:(${value.words.join(" ")})`;
    case "files":
      return `file:_files${value.endings.map((ending) => ` -g "*${ending}"`).join("")}`;
    case "other":
      return "value: ";
  }
}

/** Escapes characters that would end a description. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
}

function lines(command: string, words: readonly string[], indent: string): string {
  return indent + [command, ...words].join(` \\\n${indent}  `);
}
