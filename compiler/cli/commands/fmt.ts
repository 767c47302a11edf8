/** `nnc fmt`: formats files. */
import type { Command } from "commander";
import { format } from "../../../grammar/format.ts";
import { visible } from "../../../runtime/visible.ts";
import { TEXT_LIMIT } from "../../drive/source-files.ts";
import { Reader, textSource } from "../read-file.ts";
import { exit, Failure, type Io } from "../io.ts";
import { notesText, showDiagnostics } from "../report.ts";
import { writeFiles } from "../write.ts";

interface FmtOptions {
  readonly check?: true;
}

const help = `
Examples:
  nnc fmt mlp.nn
  nnc fmt --check nets/*.nn
  nnc fmt - < mlp.nn
`;

export function addFmt(program: Command, io: Io): void {
  program
    .command("fmt <files...>")
    .summary("format files")
    .description(
      "Format files in place and name those that changed; - reads standard input and prints. A file with\n" +
        "syntax errors is left as it is.",
    )
    .option("--check", "change nothing; exit code 1 if a file is not formatted")
    .addHelpText("after", help)
    .action((files: string[], options: FmtOptions) => formatFiles(files, options, io));
}

async function formatFiles(files: readonly string[], options: FmtOptions, io: Io): Promise<void> {
  const reader = new Reader(io);
  let failed = false;
  for (const file of files) {
    try {
      const isFine = await formatFile(file, options, reader, io);
      failed ||= !isFine;
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      io.err(`nnc: ${cause.message}\n`);
      failed = true;
    }
  }
  if (failed) throw new Failure("", exit.input);
}

/** Formats or checks one file. Returns whether it is now in canonical form. */
async function formatFile(file: string, { check }: FmtOptions, reader: Reader, io: Io): Promise<boolean> {
  const bytes = await reader.content(file, TEXT_LIMIT);
  const source = textSource(file, bytes);
  const formatted = format(source);
  if ("diagnostics" in formatted) {
    showDiagnostics(formatted.diagnostics, [source], io);
    return false;
  }
  const isSame = formatted.text === source.text;
  if (check) {
    if (!isSame) io.err(`${visible(source.file)} is not formatted\n`);
    return isSame;
  }
  if (file === "-") (io.source ?? io.out)(formatted.text);
  else if (!isSame) {
    const wayOut = { other: "format it again" };
    const notes = await writeFiles([{ path: file, content: formatted.text, replaces: bytes }], { wayOut });
    io.err(notesText(notes));
    io.out(`${visible(file)}\n`);
  }
  return true;
}
