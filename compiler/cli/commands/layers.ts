/** `nnc layers`: lists the library, and prints a page for each entry. */
import type { Command } from "commander";
import type { Init } from "../../ir/graph/graph.ts";
import { typeText } from "../../ir/types.ts";
import { operators } from "../../layers/index.ts";
import type { ArgSpec } from "../../layers/record.ts";
import { meant } from "../../resolve/wording.ts";
import { Failure, type Io } from "../io.ts";
import type { Example } from "../layer-example.ts";
import { jsonLine } from "../screen.ts";
import {
  familyFacts,
  layerDetails,
  torchFacts,
  type ArgumentFacts,
  type FamilyFacts,
  type LayerDetails,
  type LayerFacts,
  type TorchFacts,
} from "../layer-facts.ts";

const help = `
Examples:
  nnc layers
  nnc layers LayerNorm
  nnc layers '**'
  nnc layers --torch
`;

export function addLayers(program: Command, io: Io): void {
  program
    .command("layers [name]")
    .summary("list the layers, or show one")
    .description(
      "List the layers and operators by family; or show one: arguments, shapes, formula, weights, an example.",
    )
    .option("--torch", "list the modules of torch.nn, and what to write for those that have no layer")
    .option("--json", 'print { "families": [{ title, layers }] }, { "layer" } or { "modules" } instead')
    .addHelpText("after", help)
    .action((name: string | undefined, options: { torch?: true; json?: true }) => {
      if (options.torch && name !== undefined)
        throw new Failure("--torch lists all modules: leave out the name, or the option");
      if (options.torch) io.out(torchText(options.json));
      else io.out(name === undefined ? listText(options.json) : layerHelp(name, options.json));
    });
}

/** The modules of torch.nn: those that are layers, and then the others. */
export function torchText(json?: boolean): string {
  const modules = torchFacts();
  if (json) return jsonLine({ modules });
  const [here, others] = [true, false].map((is) => modules.filter((one) => one.here === is));
  const rows = (list: readonly TorchFacts[]): string[][] => list.map(({ name, text }) => [name, text]);
  return [
    section(`Modules of torch.nn that are layers here, ${here!.length} of ${modules.length}`, rows(here!)),
    section("Others, and what to write instead", rows(others!)),
  ].join("\n");
}

function listText(json: boolean | undefined): string {
  if (!json) return `${tablesText()}\n\`nnc layers NAME\` shows one of them.\n`;
  const full = familyFacts().map(({ title, layers }) => ({ title, layers: layers.map(withDetails) }));
  return jsonLine({ families: full });
}

export function tablesText(): string {
  return familyFacts().map(table).join("\n");
}

export function layerHelp(name: string, json?: boolean): string {
  const layer = withDetails(layerNamed(name));
  return json ? jsonLine({ layer }) : page(layer);
}

function withDetails(layer: LayerFacts): LayerFacts & LayerDetails {
  return { ...layer, ...layerDetails(layer) };
}

/**
 * Finds an entry by its name, with or without PyTorch's prefix, by an alias, by its operator, or as the list
 * shows it.
 */
function layerNamed(name: string): LayerFacts {
  const plain = operators.get(name)?.name ?? name.replace(/^(torch\.)?nn\./, "");
  const layers = familyFacts().flatMap((family) => family.layers);
  const found = layers.find((layer) => [layer.name, ...layer.aliases, layer.signature].includes(plain));
  if (found) return found;
  const names = layers.flatMap((layer) => [layer.name, ...layer.aliases]);
  throw new Failure(`there is no layer \`${name}\`: ${meant(plain, names, "`nnc layers` lists them")}`);
}

/** The descriptions of entries with longer signatures begin on the next line. */
const SIGNATURE_WIDTH = 38;

function table({ title, layers }: FamilyFacts): string {
  const rows = layers.map((layer) => {
    const name = nameBeside(layer);
    return [name === "" ? layer.signature : `${layer.signature}, ${name}`, layer.doc] as const;
  });
  const width = Math.max(...rows.map(([left]) => (left.length > SIGNATURE_WIDTH ? 0 : left.length)));
  const lines = rows.map(([left, doc]) =>
    left.length > width ? `  ${left}\n  ${" ".repeat(width)}  ${doc}` : `  ${left.padEnd(width)}  ${doc}`,
  );
  return `${title}\n${lines.join("\n")}\n`;
}

/** The name by which an operator may be called too. */
function nameBeside({ named, name, signature }: LayerFacts): string {
  return named && !signature.startsWith(name) ? name : "";
}

function page(layer: LayerFacts & LayerDetails): string {
  const { example } = layer;
  const facts = [
    ["Name", nameBeside(layer)],
    ["Also", layer.aliases.join(", ")],
    ["Family", layer.family],
    ["Inputs", inputsText(layer)],
    ["Results", resultsText(layer)],
    ["Layers", layersText(layer)],
    ["Shapes", layer.shapes ?? ""],
    ["Formula", layer.formula ?? ""],
    ["Source", layer.source ?? ""],
    ["Note", layer.note ?? ""],
  ].filter(([, text]) => text !== "");
  const parameters = example?.parameters.map(({ name, role, dtype, shape, init }) => {
    const buffer = role === "buffer" ? "buffer, " : "";
    return [name, typeText({ dtype, shape }), `${buffer}${initText(init)}`];
  });
  const sections = [
    `${layer.signature}\n${layer.doc}\n`,
    columns(facts, ""),
    section(
      "Arguments",
      layer.arguments.map((one) => [one.name, argumentText(one)]),
    ),
    section(`Parameters of ${example?.call}`, parameters ?? []),
    section("Not supported", unsupportedRows(layer)),
    exampleText(example),
  ];
  return sections.filter((text) => text !== "").join("\n");
}

/**
 * The rows that tell in which mode a layer is not supported; one row if the reason is the same for both modes.
 */
function unsupportedRows({ unsupported }: LayerDetails): string[][] {
  const reasons = [...new Set(unsupported.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const modes = unsupported.filter((one) => one.reason === reason).map(({ mode }) => mode);
    return [modes.join(", "), reason];
  });
}

function exampleText(example: Example | undefined): string {
  if (!example) return "";
  const results = example.results.length === 0 ? "" : `, which gives ${example.results.join(", ")}`;
  return `Example${results}\n${example.text.replaceAll(/^(?=.)/gm, "  ")}`;
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : `${title}\n${columns(rows, "  ")}`;
}

/** The rows as lines. Each column but the last is as wide as its widest text. */
function columns(rows: readonly (readonly string[])[], indent: string): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((text, column) => (column === row.length - 1 ? text : text.padEnd(widths[column]!))).join("  ");
  return rows.map((row) => `${indent}${line(row)}\n`).join("");
}

function inputsText({ inputs, variadic }: LayerFacts): string {
  if (variadic) return "two or more";
  const [needed, others] = [true, false].map((required) =>
    inputs
      .filter((input) => input.required === required)
      .map(({ name }) => name)
      .join(", "),
  );
  return others === "" ? needed! : `${needed}; may be left out: ${others}`;
}

function resultsText({ results, auxiliary, listed }: LayerFacts): string {
  if (listed) return "a list";
  if (results === undefined) return "";
  return `${results.join(", ")}${auxiliary ? `; where one is wanted, ${results[0]}` : ""}`;
}

function layersText({ layers }: LayerFacts): string {
  if (layers === undefined) return "";
  return layers === "body" ? "a chain or statements in braces" : "any number of them, as arguments";
}

const kinds: { readonly [K in ArgSpec["kind"]]: string } = {
  int: "a whole number",
  size: "a whole number, or a size known at the call",
  float: "a number",
  floats: "a number, or a list of them",
  bool: "true or false",
  string: "a text",
  ints: "a whole number, or a list of them",
  sizes: "a size, or a list of them",
  layer: "a layer of one input",
  any: "anything",
};

function argumentText({
  kind,
  choices,
  least,
  rest,
  inferred,
  optional,
  gaps,
  idle,
  layers,
  ...spec
}: ArgumentFacts): string {
  const words = choices?.map((one) => JSON.stringify(one)) ?? [];
  const entries = gaps ? " and of none" : "";
  const values = [
    ...(choices && kind === "string"
      ? []
      : [layers ? layers.map((name) => `${name}(…)`).join(" or ") : kinds[kind] + entries]),
    ...words,
  ].join(" or ");
  const parts = [
    `${values}${least === undefined ? "" : `, at least ${least}`}${optional ? ", or none" : ""}`,
    spec.default === undefined ? "required" : `default ${spec.default}`,
    ...(rest ? ["takes all positional arguments from here on"] : []),
    ...(inferred ? ["_ takes it from the input"] : []),
    ...(idle ? ["changes no result"] : []),
  ];
  return parts.join("; ");
}

function initText(init: Init): string {
  switch (init.kind) {
    case "constant":
      return `filled with ${init.value}`;
    case "eye":
      return "ones on the diagonal";
    case "uniform":
      return `uniform between ${short(init.low)} and ${short(init.high)}`;
    case "normal": {
      const zero = init.zeroRow === undefined ? "" : `, row ${init.zeroRow} zero`;
      return `${normalText(init)}${zero}`;
    }
    case "truncated":
      return `${normalText(init)}, between ${short(init.low)} and ${short(init.high)}`;
    case "copy":
      return `as ${init.of} begins`;
  }
}

function normalText({ mean, std }: { readonly mean: number; readonly std: number }): string {
  return `normal with mean ${short(mean)} and standard deviation ${short(std)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
