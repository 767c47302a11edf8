/** `nnc check`: everything that is wrong with files, without running them. */
import type { Command } from "commander";
import { formatDiagnostic } from "../../grammar/diagnostics.ts";
import { check } from "../index.ts";
import { Reader } from "./files.ts";
import { exit, Failure, type Io } from "./io.ts";
import { addEntryOptions, entryOptions, type EntryOptions } from "./options.ts";

interface CheckOptions extends EntryOptions {
  readonly json?: true;
}

const help = `
Examples:
  nnc check mlp.nn
  nnc check nets/*.nn --json
  nnc check encoder.nn --entry Encoder --arg depth=2
`;

export function addCheck(program: Command, io: Io): void {
  const command = program
    .command("check <files...>")
    .summary("report everything that is wrong with files")
    .description(
      "Report errors and warnings: names, arguments, flow and shapes. Exit code 1 if there is an error.",
    );
  addEntryOptions(command)
    .option(
      "--json",
      'print { "diagnostics": [{ code, severity, message, span, notes, suggestion? }] } instead',
    )
    .addHelpText("after", help)
    .action((files: string[], options: CheckOptions) => checkFiles(files, options, io));
}

function checkFiles(files: readonly string[], options: CheckOptions, io: Io): void {
  const found: object[] = [];
  let failed = false;
  for (const file of files) {
    const reader = new Reader();
    const text = textOf(reader, file, (message) => {
      failed = true;
      if (options.json) found.push(unreadable(file, message));
      else io.err(`nnc: ${message}\n`);
    });
    if (text === undefined) continue;
    const diagnostics = check(text, entryOptions(file, options, reader));
    failed ||= diagnostics.some(({ severity }) => severity === "error");
    found.push(...diagnostics);
    if (options.json) continue;
    for (const diagnostic of diagnostics) io.err(`${formatDiagnostic(diagnostic, reader.sources)}\n`);
  }
  if (options.json) io.out(`${JSON.stringify({ diagnostics: found })}\n`);
  else if (found.length === 0 && !failed) io.out(`${files.length === 1 ? files[0] : `${files.length} files`}: no problems\n`); // prettier-ignore
  if (failed) throw new Failure("", exit.input);
}

/** One file that cannot be read does not keep the others from being checked. */
function textOf(reader: Reader, file: string, report: (message: string) => void): string | undefined {
  try {
    return reader.main(file);
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    report(cause.message);
    return undefined;
  }
}

function unreadable(file: string, message: string): object {
  const span = { file, start: 0, end: 0, line: 1, column: 1 };
  return { code: "NN4202", severity: "error", message, span, notes: [] };
}
