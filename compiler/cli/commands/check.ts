/** `nnc check`: reports everything that is wrong with files, without running them. */
import type { Command } from "commander";
import type { Diagnostic } from "../../../grammar/diagnostics.ts";
import { visible } from "../../../runtime/visible.ts";
import { examine } from "../../drive/diagnose.ts";
import { counted, listText } from "../../inspect/text.ts";
import { nameOf, type Reader } from "../read-file.ts";
import { exit, Failure, type Io } from "../io.ts";
import { addEntryOptions, entryOptions, type EntryOptions } from "../common-options.ts";
import { showDiagnostics } from "../report.ts";
import { jsonLine } from "../screen.ts";
import { watchRounds, watchOption, type WatchOptions } from "../watch.ts";

interface CheckOptions extends EntryOptions, WatchOptions {
  readonly json?: true;
}

const help = `
Of --json, each diagnostic is
  { "code": "NN2003", "severity": "error" or "warning", "message", "suggestion" or absent,
    "span": { "file", "start", "end", "line", "column" }, "notes": [{ "message", "span" }] }
where start and end are offsets in UTF-16 units, the end excluded, and line and column are
those of the start, from 1. Fields may be added; these stay.

Examples:
  nnc check mlp.nn
  nnc check nets/*.nn --json
  nnc check encoder.nn --entry Encoder --arg depth=2
  nnc check --watch mlp.nn
`;

export function addCheck(program: Command, io: Io): void {
  const command = program
    .command("check <files...>")
    .summary("report everything that is wrong with files")
    .description(
      "Report errors and warnings: names, arguments, flow and shapes. Exit code 1 if there is an error.",
    );
  addEntryOptions(command)
    .option("--json", 'print { "diagnostics": […] } instead')
    .addOption(watchOption())
    .addHelpText("after", help)
    .action((files: string[], options: CheckOptions) =>
      watchRounds("checked in", options, io, (reader) => checkFiles(files, options, reader, io)),
    );
}

async function checkFiles(
  files: readonly string[],
  options: CheckOptions,
  reader: Reader,
  io: Io,
): Promise<void> {
  const found: (readonly Diagnostic[])[] = [];
  for (const file of files) found.push(await checkFile(file, options, reader, io));
  const all = found.flat();
  if (options.json) io.out(jsonLine({ diagnostics: all }));
  else if (all.length === 0)
    io.out(`${files.length === 1 ? visible(nameOf(files[0]!)) : `${files.length} files`}: no problems\n`);
  else if (files.length > 1) io.err(`${summary(found)}\n`);
  if (all.some(isError)) throw new Failure("", exit.input);
}

/** Checks one file. If it cannot be read, this is reported and the others are still checked. */
async function checkFile(
  file: string,
  options: CheckOptions,
  reader: Reader,
  io: Io,
): Promise<readonly Diagnostic[]> {
  try {
    const source = await reader.source(file);
    io.step?.(`checking ${source.file}`);
    const asked = entryOptions(source, options, reader);
    const { intricate, conclude } = examine(source.text, asked);
    // The passes are called only for intricate nets, and are not loaded if there are none.
    const plan = intricate.length > 0 ? (await import("../../pipeline/pipeline.ts")).plan : () => undefined;
    const diagnostics = conclude(plan);
    if (!options.json) showDiagnostics(diagnostics, reader.sources, io);
    return diagnostics;
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code === exit.usage) throw cause;
    if (!options.json) io.err(`nnc: ${cause.message}\n`);
    const span = { file, start: 0, end: 0, line: 1, column: 1 };
    return [{ code: "NN4202", severity: "error", message: cause.message, span, notes: [] }];
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** The last line: `3 errors and 1 warning in 2 of 4 files`. */
function summary(found: readonly (readonly Diagnostic[])[]): string {
  const all = found.flat();
  const errors = all.filter(isError).length;
  const counts = [
    ...(errors > 0 ? [counted(errors, "error")] : []),
    ...(all.length > errors ? [counted(all.length - errors, "warning")] : []),
  ];
  const wrong = found.filter((diagnostics) => diagnostics.length > 0).length;
  return `${listText(counts)} in ${wrong} of ${found.length} files`;
}
