/** Which options may be given several times. Of all others that take a value, the second is an error. */
import { Option, type Command } from "commander";

const repeatables = new WeakSet<Option>();

/** Marks an option that may be given several times. */
export function repeatable(option: Option): Option {
  repeatables.add(option);
  return option;
}

/** An option whose values make a list. */
export function listOption(flags: string, description: string): Option {
  return repeatable(
    new Option(flags, description)
      .argParser((value: string, list: readonly string[]): readonly string[] => [...list, value])
      .default([], "none"),
  );
}

/** Lets a command refuse a second value of an option, which would replace the first without a word. */
export function refuseSeconds(command: Command): void {
  for (const option of command.options) {
    if (repeatables.has(option) || (!option.required && !option.optional)) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) command.error(`error: option '${option.flags}' is given twice`);
      isGiven = true;
    });
  }
}
