/** `nnc compile`: writes a net as a JavaScript module. */
import { basename } from "node:path";
import { Option, type Command } from "commander";
import { loadSafetensors, safetensorsMetadata } from "../../../runtime/safetensors.ts";
import { drive, type Driven } from "../../drive/driver.ts";
import { areOutside, emitDriven, withRounded, type Emitted } from "../../drive/emitted.ts";
import { visible } from "../../../runtime/visible.ts";
import type { Format } from "../../emit/host/module-format.ts";
import { bytesText } from "../../inspect/text.ts";
import { destination, type Destination } from "../destination.ts";
import type { Reader } from "../read-file.ts";
import { markModule, markWasm, markWat, markWeights } from "../mark.ts";
import { wasmModule } from "../../emit/wasm/wasm-module.ts";
import { watText } from "../../emit/wasm/wat.ts";
import { exit, Failure, type Io } from "../io.ts";
import {
  addModelOptions,
  forceOption,
  modelOptions,
  steps,
  threadsOption,
  wayOut,
  weightsNote,
  type ModelOptions,
} from "../common-options.ts";
import { narrowingNote } from "../narrowing.ts";
import { notesText, showDiagnostics } from "../report.ts";
import { watchRounds, watchOption, type WatchOptions } from "../watch.ts";
import type { Floats } from "../../weights/rounding.ts";
import { isSameFile, writeFiles, type Output } from "../write.ts";
import { languageDtype, type LanguageDtype } from "../../ir/dtype.ts";

interface CompileCommandOptions extends ModelOptions, WatchOptions {
  readonly output?: string;
  readonly format?: Format;
  readonly globalName?: string;
  readonly external?: true;
  readonly floats: Floats;
  readonly wat?: true;
  readonly force?: true;
}

const help = `
Without -o the module is written beside FILE, under its name: net.js for net.nn.
Formats: esm is an ES module, which imports nothing and exports create, inputs, outputs,
parameters, selfTest and, by default, a model that is ready. cjs exports the same for
require, with the model as default. iife is a classic script that sets one global variable
to the exports, with the model. Without --format the name decides: .mjs is esm,
.cjs is cjs, and .js is esm unless the nearest package.json says "type": "commonjs";
there Node.js would not load an ES module called .js, so the name by default is net.mjs.

Weights of up to 100 KB are inside the module. Larger ones go to OUT.safetensors, which
await load() reads beside the module, or whose bytes create({ weights }) takes; there is no
model that is ready. With --external any weights do, and kernels in WebAssembly go to OUT.wasm,
which load() reads, too, and create takes as wasm. These files say which compile they belong to,
and create refuses them beside another module.
--floats f16 and bf16 round parameters to 16 bits and halve the bytes; the module widens
them, and what was lost is told. Buffers, such as running statistics, stay f32.
--weights-as f16 and int8 keep weights of products (Linear, convolutions) small in memory,
too: int8 are whole numbers with a scale for each row. What that changes is told.
Files that nnc did not write, or that were changed since, are replaced with --force only.

Examples:
  nnc compile layernorm.nn
  nnc compile mlp.nn --weights mlp.safetensors -o dist/mlp.js
  nnc compile encoder.nn --entry Encoder --arg depth=2 --external -o encoder.cjs
  nnc compile layernorm.nn --format iife --global-name norm -o public/norm.js
`;

export function addCompile(program: Command, io: Io, argv: readonly string[]): void {
  const command = program
    .command("compile <file>")
    .summary("write a net as a JavaScript module")
    .description("Write a net as a JavaScript module, OUT.js, with its declarations, OUT.d.ts.")
    .option("-o, --output <file>", "the module, or a folder for it; - prints it");
  addModelOptions(command)
    .addOption(threadsOption())
    .addOption(new Option("--format <format>", "what kind of script").choices(["esm", "cjs", "iife"]))
    .option("--global-name <name>", "the variable of an iife (default: the name of its file)")
    .option(
      "--external",
      "write the weights to OUT.safetensors, however few they are, and WebAssembly to OUT.wasm",
    )
    .addOption(
      new Option("--floats <type>", "what floats of the weights are written as, and rounded to first")
        .choices(["f32", "f16", "bf16"])
        .default("f32"),
    )
    .option(
      "--wat",
      "write the kernels to OUT.wat, too, in WebAssembly's text format; with -o - print them alone",
    )
    .addOption(forceOption())
    .addOption(watchOption())
    .addHelpText("after", help)
    .action((file: string, options: CompileCommandOptions) => {
      const to = { ...destination(file, options), command: commandText(argv) };
      return watchRounds("compiled in", options, io, (reader) => compileFile(file, to, options, reader, io));
    });
}

/** The command that writes the same module again. */
function commandText(argv: readonly string[]): string {
  const words = argv.filter((word) => !["--force", "--watch", "-w"].includes(word));
  return ["nnc", ...words]
    .map((word) => (/^[\w./:=@%+,*-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

async function compileFile(
  file: string,
  { format, globalName, paths, command }: Destination & { readonly command: string },
  options: CompileCommandOptions,
  reader: Reader,
  io: Io,
): Promise<void> {
  const source = await reader.source(file);
  const urlOf = (path: string): string => `./${encodeURIComponent(basename(path))}`;
  const place = paths && { weightsUrl: urlOf(paths.weights), wasmUrl: urlOf(paths.wasm) };
  const kernels: "inside" | "outside" = options.external ? "outside" : "inside";
  const asked = {
    ...modelOptions(source, options, reader),
    external: options.external === true,
    kernels,
    floats: options.floats,
    format,
    globalName,
    ...place,
  };
  const driven = drive(source.text, asked, steps(source, io));
  showDiagnostics(driven.diagnostics, reader.sources, io);
  io.step?.(`${source.file}: emit`);
  const wat = options.wat && kernelsText(driven, source.file);
  if (!paths && wat !== undefined) {
    io.out(wat);
    return;
  }
  const wide = (): Driven => {
    const { weightsAs: _, ...others } = asked;
    return drive(source.text, others);
  };
  const narrowing = options.weightsAs ? narrowingNote(driven, options.weightsAs, wide) : "";
  if (!paths) {
    const emitted = emitDriven(driven, source.text, asked, command);
    io.err(weightsNote(driven));
    io.err(narrowing);
    io.err(roundedNote(emitted));
    const unprinted = [...(emitted.weights ? ["weights"] : []), ...(emitted.wasm ? ["kernels"] : [])];
    if (unprinted.length > 0)
      io.err(
        notesText([`the ${unprinted.join(" and ")} are not printed: -o FILE writes them beside the module`]),
      );
    io.out(emitted.code);
    return;
  }
  const given = options.weights.length === 0 ? driven.named : options.weights;
  const isWide = options.weightsAs === undefined;
  // A module that holds weights in fewer bits reads no others.
  const lie = isWide && areOutside(driven, asked) && given.some((one) => isSameFile(one, paths.weights));
  const whole = lie ? wholeAt(paths.weights, driven, reader) : undefined;
  // Weights that nnc wrote are written anew, which changes only what their metadata say of this compile.
  const isOwn =
    whole !== undefined &&
    safetensorsMetadata(whole)["nnc"] !== undefined &&
    (options.floats === "f32" || withRounded(driven, source.text, asked).rounded?.rms === 0);
  const own = isOwn ? whole : undefined;
  const stay = whole !== undefined && own === undefined && options.floats === "f32";
  const emitted = emitDriven(driven, source.text, stay ? { ...asked, external: "given" } : asked, command);

  const never = [...reader.inputs(), ...driven.named];
  // The module is written last: whoever sees a new one finds all that belongs to it.
  const files: Output[] = [
    { path: paths.types, content: markModule(emitted.types, paths.types), kind: "module" },
    { path: paths.module, content: markModule(emitted.code, paths.module), kind: "module" },
  ];
  if (wat !== undefined)
    files.unshift({ path: paths.wat, content: markWat(wat, paths.wat, source.file), kind: "wat" });
  if (emitted.wasm)
    files.unshift({ path: paths.wasm, content: markWasm(emitted.wasm, paths.wasm), kind: "wasm" });
  if (emitted.weights) {
    const content = markWeights(emitted.weights, paths.weights);
    files.unshift({ path: paths.weights, content, kind: "weights", ...(own && { replaces: own }) });
  }
  io.step?.(`writing ${paths.module}`);
  const notes = await writeFiles(files, { force: options.force, never, makeFolders: true, wayOut });
  io.err(weightsNote(driven));
  io.err(narrowing);
  io.err(roundedNote(emitted));
  io.err(notesText(notes));
  for (const { path, content } of files.reverse())
    io.out(`${visible(path)}  ${bytesText(Buffer.byteLength(content))}\n`);
}

/** The kernels of a net in WebAssembly's text format; a Failure where it has none. */
function kernelsText({ plan }: Driven, file: string): string {
  if (plan.target === "wasm") return watText(wasmModule(plan).module);
  throw new Failure(
    `--wat is for kernels in WebAssembly, and ${visible(file)} is compiled to JavaScript: add --target wasm`,
    exit.usage,
  );
}

/**
 * The bytes of weights that were read from the very file to which they would be written, if the module needs no others. Such a
 * file is not overwritten where it is the user's own: it may have another dtype, or hold more than the model.
 */
function wholeAt(path: string, driven: Driven, reader: Reader): Uint8Array | undefined {
  const bytes = reader.bytes(path);
  return isWhole(bytes, driven) ? bytes : undefined;
}

/** What a module reads for a parameter of each dtype; it narrows the wider ones. Halves are f32 here. */
const readable: { readonly [D in LanguageDtype]: readonly string[] } = {
  f32: ["f32", "f64"],
  i32: ["i32", "i64"],
  bool: ["bool"],
};

/** Whether a file has all parameters and nothing else, in dtypes that a module reads. */
function isWhole(bytes: Uint8Array, { graph, fresh, unused }: Driven): boolean {
  if (fresh.length > 0 || unused.length > 0) return false;
  const tensors = loadSafetensors(bytes);
  const dtypes = new Map(
    graph.parameters.flatMap(({ path, aliases, type }) =>
      [path, ...aliases].map((name) => [name, readable[languageDtype(type)]]),
    ),
  );
  return Object.entries(tensors).every(([name, { dtype }]) => dtypes.get(name)?.includes(dtype));
}

/** A note about how much rounding changed the weights. */
function roundedNote({ rounded }: Emitted): string {
  if (!rounded) return "";
  const { floats, largest, rms, vanished } = rounded;
  if (!largest) return notesText([`the weights are ${floats} without any loss`]);
  const [change, from, to] = [Math.abs(largest.to - largest.from), largest.from, largest.to].map((value) =>
    Number(value.toPrecision(6)),
  );
  return notesText([
    `the weights are rounded to ${floats}: the largest change is ${change}, in ${visible(largest.name)} from ${from} to ${to}; ` +
      `the root mean square of all changes is ${Number((100 * rms).toPrecision(2))}% of that of the weights`,
    ...(vanished > 0 ? [`${vanished} numbers of the weights are too small for ${floats} and became 0`] : []),
  ]);
}
