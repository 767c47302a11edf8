/** `nnc compile`: writes a net as a JavaScript module. */
import type { Command } from "commander";
import { loadSafetensors, safetensorsMetadata } from "../../runtime/safetensors.ts";
import { drive, type Driven } from "../driver.ts";
import { areOutside, emitDriven } from "../emitted.ts";
import { visible } from "../../runtime/visible.ts";
import { bytesText } from "../inspect/text.ts";
import type { Reader } from "./files.ts";
import { markModule, markWeights } from "./mark.ts";
import { exit, Failure, type Io } from "./io.ts";
import {
  addModelOptions,
  forceOption,
  modelOptions,
  steps,
  wayOut,
  weightsNote,
  type ModelOptions,
} from "./options.ts";
import { notesText, showDiagnostics } from "./report.ts";
import { rounds, watchOption, type WatchOptions } from "./watch.ts";
import { isSameFile, writeFiles, type Output } from "./write.ts";

interface CompileCommandOptions extends ModelOptions, WatchOptions {
  readonly output: string;
  readonly external?: true;
  readonly force?: true;
}

const help = `
The module imports nothing and exports create, inputs, outputs, parameters and selfTest.
Weights of up to 100 KB are inside it, and its default export is a model that is ready;
larger ones go to OUT.safetensors, whose bytes create({ weights }) takes. That file says
which compile it belongs to, and create refuses it beside another module.
Files that nnc did not write, or that were changed since, are replaced with --force only.

Examples:
  nnc compile layernorm.nn -o layernorm.js
  nnc compile mlp.nn --weights mlp.safetensors -o dist/mlp.js
  nnc compile encoder.nn --entry Encoder --arg depth=2 --external -o encoder.mjs
`;

export function addCompile(program: Command, io: Io): void {
  const command = program
    .command("compile <file>")
    .summary("write a net as a JavaScript module")
    .description("Write a net as an ES module, OUT.js, with its declarations, OUT.d.ts.")
    .requiredOption("-o, --output <file>", "the module, .js or .mjs");
  addModelOptions(command)
    .option("--external", "write the weights to OUT.safetensors, however few they are")
    .addOption(forceOption())
    .addOption(watchOption())
    .addHelpText("after", help)
    .action((file: string, options: CompileCommandOptions) => {
      const [, stem, extension] = /^(.*[^/\\])\.(m?js)$/s.exec(options.output) ?? [];
      if (stem === undefined || extension === undefined)
        throw new Failure(`the output must end in .js or .mjs, not ${options.output}`, exit.usage);
      const outputs = {
        module: options.output,
        types: `${stem}.d.${extension === "js" ? "ts" : "mts"}`,
        weights: `${stem}.safetensors`,
      };
      return rounds("compiled in", options, io, (reader) => compileFile(file, outputs, options, reader, io));
    });
}

/** Paths of what is written. */
interface Outputs {
  readonly module: string;
  readonly types: string;
  readonly weights: string;
}

async function compileFile(
  file: string,
  outputs: Outputs,
  options: CompileCommandOptions,
  reader: Reader,
  io: Io,
): Promise<void> {
  const source = await reader.source(file);
  const asked = { ...modelOptions(source, options, reader), external: options.external === true };
  const driven = drive(source.text, asked, steps(source, io));
  showDiagnostics(driven.diagnostics, reader.sources, io);
  io.step?.(`${source.file}: emit`);
  const given = options.weights.length === 0 ? driven.named : options.weights;
  const lie = areOutside(driven, asked) && given.some((one) => isSameFile(one, outputs.weights));
  const whole = lie ? wholeAt(outputs.weights, driven, reader) : undefined;
  // Those that nnc wrote are written anew, which changes nothing but what they say of the compile.
  const own = whole && safetensorsMetadata(whole)["nnc"] !== undefined ? whole : undefined;
  const stay = whole !== undefined && own === undefined;
  const emitted = emitDriven(driven, source.text, stay ? { ...asked, external: "given" } : asked);

  const never = [...reader.inputs(), ...driven.named];
  // The module last: where it is new, all that belongs to it is there.
  const files: Output[] = [
    { path: outputs.types, content: markModule(emitted.types, outputs.types), kind: "module" },
    { path: outputs.module, content: markModule(emitted.code, outputs.module), kind: "module" },
  ];
  if (emitted.weights) {
    const content = markWeights(emitted.weights, outputs.weights);
    files.unshift({ path: outputs.weights, content, kind: "weights", ...(own && { replaces: own }) });
  }
  io.step?.(`writing ${outputs.module}`);
  const notes = await writeFiles(files, { force: options.force, never, wayOut });
  io.err(weightsNote(driven));
  io.err(notesText(notes));
  for (const { path, content } of files.reverse())
    io.out(`${visible(path)}  ${bytesText(Buffer.byteLength(content))}\n`);
}

/**
 * What stays in weights that were read from the very place where they would be written, where it is all that the module
 * needs. Others are not written over: the user's own may be of another dtype, or hold more than the model.
 */
function wholeAt(path: string, driven: Driven, reader: Reader): Uint8Array | undefined {
  const bytes = reader.bytes(path);
  return isWhole(bytes, driven) ? bytes : undefined;
}

/** Whether a file has all parameters and nothing else, in dtypes that a module reads. */
function isWhole(bytes: Uint8Array, { graph, fresh, unused }: Driven): boolean {
  if (fresh.length > 0 || unused.length > 0) return false;
  const tensors = loadSafetensors(bytes);
  const dtypes = new Map(
    graph.parameters.flatMap(({ path, aliases, type }) =>
      [path, ...aliases].map((name) => [name, type.dtype]),
    ),
  );
  const readable = Object.entries(tensors).every(([name, { dtype }]) => {
    const wanted = dtypes.get(name);
    return dtype === wanted || (dtype === "i64" && wanted === "i32");
  });
  // Halves were widened: in the file their data are shorter.
  const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const data = Object.values(tensors).reduce((sum, one) => sum + one.data.byteLength, 0);
  return readable && header + data === bytes.length;
}
