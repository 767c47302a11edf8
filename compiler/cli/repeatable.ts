/**
 * Marks options that may be given several times. For all other options with a value, a second value is an error.
 */
import { Option, type Command } from "commander";

const repeatables = new WeakSet<Option>();

/** Marks an option that may be given several times. */
export function repeatable(option: Option): Option {
  repeatables.add(option);
  return option;
}

/** An option whose values are collected in a list. */
export function listOption(flags: string, description: string): Option {
  return repeatable(
    new Option(flags, description)
      .argParser((value: string, list: readonly string[]): readonly string[] => [...list, value])
      .default([], "none"),
  );
}

/** Makes a command refuse a second value of an option, which would silently replace the first. */
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
