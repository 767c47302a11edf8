/** The script for bash 3.2 and later. It needs no other package. */
import { shellQuoted, type CommandWords, type OptionWords, type ValueWords } from "./command-words.ts";

export function bashScript(program: CommandWords, commands: readonly CommandWords[]): string {
  return `# Completes nnc in bash.

_nnc_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

# Files of these patterns, and folders on the way to them.
_nnc_files() {
  local path pattern
  compopt -o filenames 2> /dev/null
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(
    compgen -d -- "$current"
    for pattern; do compgen -f -X "!$pattern" -- "$current"; done
  )
}

_nnc() {
  local current=\${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) option
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    ${given({ kind: "words", words: [...commands.map(({ name }) => name), ...flagsOf(program)] })}
    return
  fi
  # --mode=train is three words here, and --input x=x.json four.
  if [[ $current == = ]]; then current=; at=$COMP_CWORD; fi
  option=\${COMP_WORDS[at]}
  if [[ $option == = ]]; then
    option=\${COMP_WORDS[at - 1]}
    if ((at > 2)) && [[ $option != -* ]]; then option=\${COMP_WORDS[at - 2]}; fi
  fi
  case "\${COMP_WORDS[1]} $option" in
${commands.flatMap((command) => command.options.map((option) => optionCase(command, option))).join("")}\
  *)
    case "\${COMP_WORDS[1]} $current" in
${commands.map(commandCases).join("")}\
    esac
    ;;
  esac
}

complete -F _nnc nnc
`;
}

function optionCase({ name }: CommandWords, { flags, value }: OptionWords): string {
  if (!value) return "";
  return `  ${flags.map((flag) => shellQuoted(`${name} ${flag}`)).join(" | ")}) ${given(value)} ;;\n`;
}

function commandCases(command: CommandWords): string {
  const { name, argument } = command;
  return (
    `    ${shellQuoted(`${name} -`)}*) ${given({ kind: "words", words: flagsOf(command) })} ;;\n` +
    `    ${shellQuoted(`${name} `)}*) ${given(argument)} ;;\n`
  );
}

function given(value: ValueWords | undefined): string {
  switch (value?.kind) {
    case "words":
      return `_nnc_words ${shellQuoted(value.words.join(" "))}`;
    case "files": {
      const endings = value.endings.length === 0 ? [""] : value.endings;
      return ["_nnc_files", ...endings.map((ending) => shellQuoted(`*${ending}`))].join(" ");
    }
    default:
      return ":";
  }
}

function flagsOf({ options }: CommandWords): string[] {
  return options.flatMap(({ flags }) => flags);
}
