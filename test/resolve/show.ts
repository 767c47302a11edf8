/** What resolving a text shows: its layer graph, its parameters, or what is wrong with it. */
import { formatDiagnostic } from "../../grammar/index.ts";
import { printGraph } from "../../compiler/ir/graph/print-graph.ts";
import { describeLayer } from "../../compiler/layers/describe.ts";
import { checkFile, resolve, type ResolveOptions, type Resolved } from "../../compiler/resolve/index.ts";
import { stubTable } from "./stub-layers.ts";

type Options = Partial<ResolveOptions> & { readonly files?: Readonly<Record<string, string>> };

export function resolved(text: string, { files, ...options }: Options = {}): Resolved {
  return resolve({ file: "net.nn", text }, { mode: "eval", table: stubTable, ...reading(files), ...options });
}

function reading(files: Options["files"]): Pick<ResolveOptions, "read"> {
  if (!files) return {};
  return {
    read: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      return text;
    },
  };
}

function messages({ diagnostics, sources }: Resolved): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources)).join("\n");
}

/** The graph, or the diagnostics. */
export function graphOf(text: string, options: Options = {}): string {
  const result = resolved(text, options);
  return result.graph ? printGraph(result.graph, describeLayer) : messages(result);
}

/** The parameters, one a line, aliases behind them; warnings and errors first. */
export function parametersOf(text: string, options: Options = {}): string {
  const result = resolved(text, options);
  const lines = (result.graph?.parameters ?? []).map(({ path, aliases }) => [path, ...aliases].join(" = "));
  return [...(result.diagnostics.length > 0 ? [messages(result)] : []), ...lines].join("\n");
}

export function wrong(text: string, options: Options = {}): string {
  return messages(resolved(text, options));
}

export function wrongInFile(text: string, { files, ...options }: Options = {}): string {
  const source = { file: "net.nn", text };
  return messages(checkFile(source, { mode: "eval", table: stubTable, ...reading(files), ...options }));
}

/** The types of the inputs, as `x: f32[..., 10]`, or the diagnostics. */
export function inputsOf(text: string, options: Options = {}): string {
  const result = resolved(text, options);
  if (!result.graph) return messages(result);
  const [, ...lines] = printGraph(result.graph, describeLayer).split("\n");
  const count = result.graph.inputs.length;
  const types = lines.filter((line) => / = input/.test(line)).map((line) => line.replace(/^.* : /, "").replace(/ {2}#.*/, "")); // prettier-ignore
  return result.graph.inputs
    .map(({ name }, i) => `${name}: ${types[i]}`)
    .slice(0, count)
    .join(", ");
}
