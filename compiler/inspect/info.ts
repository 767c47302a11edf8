/** The data and the table of `nnc info`: the layers of a net, and its cost. */
import type { Graph, Parameter } from "../ir/graph/graph.ts";
import type { Buffer, Call, Plan, PlanPort, Slot } from "../ir/plan/plan.ts";
import { sum, symbolsOf, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { dimText, elements, portTypeText, typeText, type TensorType } from "../ir/types.ts";
import type { LayerOp } from "../layers/record.ts";
import { bytesOf, kernelCosts, largest, layerCosts, sumOf, type Cost, type KernelCost } from "./cost.ts";
import type { Inspection } from "./inspect.ts";
import { layersOf, modeText, unusedParameters, type Layer } from "./layers.ts";
import { bytesText, counted, groupedNumber, formulaText, table } from "./text.ts";
import { visible } from "../../runtime/visible.ts";

export interface Info {
  readonly name: string;
  readonly mode: string;
  /** The mode, and the layers that are in the other one, in words. */
  readonly modes: string;
  readonly inputs: readonly PlanPort[];
  readonly outputs: readonly PlanPort[];
  readonly layers: readonly LayerInfo[];
  /** The parameters of bound layers that get no input. */
  readonly unused: readonly Parameter[];
  /** The numbers of elements and of bytes. */
  readonly parameters: Counts;
  readonly buffers: Counts;
  /** The cost of all layers, as if each ran alone. */
  readonly total: Cost;
  readonly kernels: { readonly prepare: readonly KernelCost[]; readonly run: readonly KernelCost[] };
  readonly memory: Memory;
  /** What lies in the memory of WebAssembly, where kernels run on that. */
  readonly arena?: Arena;
}

/** The parts of the memory of WebAssembly in bytes, without what lies between tensors. */
export interface Arena {
  /** What is computed of weights alone. */
  readonly prepared: Size;
  readonly weights: Size;
  /** What a call needs beside inputs and outputs. */
  readonly slots: Size;
  /** The inputs and outputs of a call. Those that `input` and `output` give lie there once, others are copied. */
  readonly ports: Size;
}

export interface Counts {
  readonly count: Size;
  readonly bytes: Size;
}

export interface LayerInfo extends Cost {
  readonly layer: Layer;
  readonly outputs: readonly TensorType[];
  readonly parameters: Size;
}

/** The memory of one run, in bytes. */
export interface Memory {
  /** The slots that a run allocates for everything between its inputs and its outputs. */
  readonly slots: readonly { readonly dtype: Slot["dtype"]; readonly bytes: Size; readonly holds: number }[];
  readonly total: Size;
  /** The memory that tensors between kernels, and scratch buffers, would take without sharing. */
  readonly intermediates: { readonly count: number; readonly bytes: Size };
  /** The memory that the results of all layers except the outputs would take if each layer ran alone. */
  readonly results: { readonly count: number; readonly bytes: Size };
}

export function infoOf(inspection: Inspection): Info {
  const { graph, mode, groups, plan } = inspection;
  const layers = layersOf(graph);
  const held = new Map(plan.parameters.map(({ path, type }) => [path, type.dtype]));
  const costOf = layerCosts(graph, mode, held);
  const rows = layers.map((layer) => ({
    layer,
    outputs: layer.node.types,
    parameters: countOf(layer.parameters).count,
    ...costOf(layer.node),
  }));
  const role = (wanted: Parameter["role"]): Counts =>
    countOf(plan.parameters.filter((one) => one.role === wanted));
  const memory = memoryOf(plan, graph, layers);
  return {
    name: graph.name,
    mode,
    modes: modeText(graph, mode),
    inputs: plan.inputs,
    outputs: plan.outputs,
    layers: rows,
    unused: unusedParameters(graph, layers),
    parameters: role("param"),
    buffers: role("buffer"),
    total: sumOf(rows),
    kernels: kernelCosts(groups, plan),
    memory,
    ...(plan.target === "wasm" && { arena: arenaOf(plan, memory.total) }),
  };
}

function countOf(parameters: readonly Parameter[]): Counts {
  return {
    count: sum(parameters.map(({ type }) => elements(type.shape))),
    bytes: sum(parameters.map(({ type }) => typeBytes(type))),
  };
}

function typeBytes({ shape, dtype }: TensorType): Size {
  return bytesOf(elements(shape), dtype);
}

function arenaOf({ prepare, parameters, inputs, outputs }: Plan, slots: Size): Arena {
  const prepared = [...new Set(prepare.flatMap(({ buffers }) => buffers))].filter(
    ({ storage }) => storage === "prepared",
  );
  return {
    prepared: sum(prepared.map(({ size, dtype }) => bytesOf(size, dtype))),
    weights: sum(parameters.map(({ type }) => typeBytes(type))),
    slots,
    ports: sum([...inputs, ...outputs].map(({ type }) => typeBytes(type))),
  };
}

function memoryOf(plan: Plan, graph: Graph<LayerOp>, layers: readonly Layer[]): Memory {
  const intermediates = [...transients(plan.run)];
  const held = plan.slots.run.map(() => 0);
  for (const { slot } of intermediates) held[slot!]!++;
  const slots = plan.slots.run.map(({ dtype, sizes }, i) => {
    return { dtype, bytes: bytesOf(largest(sizes), dtype), holds: held[i]! };
  });
  const outputs = new Set(graph.outputs.map(({ value }) => `${value.node.id}.${value.result}`));
  const results = layers.flatMap(({ node }) =>
    node.op.kind === "layer" ? node.types.filter((_, result) => !outputs.has(`${node.id}.${result}`)) : [],
  );
  return {
    slots,
    total: sum(slots.map((slot) => slot.bytes)),
    intermediates: {
      count: intermediates.length,
      bytes: sum(intermediates.map(({ size, dtype }) => bytesOf(size, dtype))),
    },
    results: { count: results.length, bytes: sum(results.map(typeBytes)) },
  };
}

/** The buffers that share slots. */
export function transients(calls: readonly Call[]): Set<Buffer> {
  return new Set(calls.flatMap(({ buffers }) => buffers.filter(({ slot }) => slot !== undefined)));
}

/** The data as one JSON value. A size that is known only at the call is written as its formula. */
export function infoJson(info: Info): object {
  const { name, mode, layers, unused, parameters, buffers, total, kernels, memory, arena } = info;
  return {
    name,
    mode,
    inputs: info.inputs.map(portJson),
    outputs: info.outputs.map(portJson),
    layers: layers.map(({ layer, outputs, parameters: count, ...cost }) => ({
      name: layer.name,
      path: layer.node.path,
      layer: layer.text,
      ...(layer.node.op.kind === "layer" && layer.node.op.mode && { mode: layer.node.op.mode }),
      place: layer.place,
      outputs: outputs.map(typeJson),
      parameters: sizeJson(count),
      ...costJson(cost),
    })),
    unused: unused.map(({ path, type }) => ({ name: path, ...typeJson(type) })),
    total: {
      parameters: sizeJson(parameters.count),
      parameterBytes: sizeJson(parameters.bytes),
      buffers: sizeJson(buffers.count),
      bufferBytes: sizeJson(buffers.bytes),
      ...costJson(total),
    },
    kernels: { prepare: kernels.prepare.map(kernelJson), run: kernels.run.map(kernelJson) },
    memory: {
      slots: memory.slots.map(({ dtype, bytes, holds }) => ({ dtype, bytes: sizeJson(bytes), holds })),
      bytes: sizeJson(memory.total),
      intermediates: { count: memory.intermediates.count, bytes: sizeJson(memory.intermediates.bytes) },
      results: { count: memory.results.count, bytes: sizeJson(memory.results.bytes) },
    },
    ...(arena && {
      arena: {
        prepared: sizeJson(arena.prepared),
        weights: sizeJson(arena.weights),
        slots: sizeJson(arena.slots),
        ports: sizeJson(arena.ports),
      },
    }),
  };
}

export function typeJson({ dtype, shape }: TensorType): object {
  return { dtype, shape: shape.map((dim) => (typeof dim === "number" ? dim : dimText(dim))) };
}

function portJson({ name, type, batch }: PlanPort): object {
  return { name, ...typeJson(type), ...(batch !== undefined && { unbatched: true }) };
}

export function sizeJson(size: Size): number | string {
  return typeof size === "number" ? size : sizeText(size);
}

function costJson({ macs, read, written }: Cost): object {
  return { macs: sizeJson(macs), read: sizeJson(read), written: sizeJson(written) };
}

function kernelJson({ name, ...cost }: KernelCost): object {
  return { name, ...costJson(cost) };
}

export function infoText(info: Info): string {
  const { total, parameters, buffers, memory, kernels } = info;
  const head = ["path", "layer", "output", "parameters", "MACs", "read", "written"];
  const rows = info.layers.map(({ layer, outputs, parameters: count, macs, read, written }) => [
    layer.name,
    layer.text,
    outputs.map(typeText).join(", "),
    blank(formulaText, count),
    blank(formulaText, macs),
    blank(bytesText, read),
    blank(bytesText, written),
  ]);
  const unused = info.unused.map(({ path, type }) => [
    visible(path),
    "not used",
    typeText(type),
    formulaText(elements(type.shape)),
    "",
    "",
    "",
  ]);
  const last = [
    "total",
    "",
    "",
    formulaText(sum([parameters.count, buffers.count])),
    formulaText(total.macs),
    bytesText(total.read),
    bytesText(total.written),
  ];
  const facts = [
    ["parameters", `${formulaText(parameters.count)} (${bytesText(parameters.bytes)})`],
    ["buffers", `${formulaText(buffers.count)} (${bytesText(buffers.bytes)})`],
    ["kernels", `${callCount(kernels.run)} a run, ${callCount(kernels.prepare)} to prepare`],
    ...memoryRows(memory),
    ...(info.arena ? arenaRows(info.arena) : []),
  ];
  const ports = (list: readonly PlanPort[]): string =>
    list.map((port) => `${port.name}: ${portTypeText(port)}`).join(", ");
  const lines = [
    `${visible(info.name)}, ${info.modes}: ${[ports(info.inputs), "->", ports(info.outputs)].join(" ").trim()}`,
    "",
    ...table([head, ...rows, ...unused, last], [3, 4, 5, 6]),
    "",
    ...table(facts),
    ...footnotes(info),
  ];
  return `${lines.join("\n")}\n`;
}

function callCount(costs: readonly KernelCost[]): string {
  return groupedNumber(costs.reduce((count, { calls }) => count + calls.length, 0));
}

function blank(print: (size: Size) => string, size: Size): string {
  return size === 0 ? "" : print(size);
}

function memoryRows({ total, slots, intermediates, results }: Memory): string[][] {
  const inTurn = (count: number): string => `for ${counted(count, "tensor")}${count === 1 ? "" : " in turn"}`;
  return [
    ["memory", slots.length === 0 ? "none beside inputs and outputs" : bytesText(total)],
    ...slots.map(({ bytes, holds, dtype }, i) => [
      `  slot ${i}`,
      `${bytesText(bytes)} of ${dtype}, ${inTurn(holds)}`,
    ]),
    ...(slots.length === 0
      ? []
      : [["  unshared", `${bytesText(intermediates.bytes)}, with a slot for each`]]),
    ["  unfused", `${bytesText(results.bytes)}, with the results of all layers kept`],
  ];
}

function arenaRows({ prepared, weights, slots, ports }: Arena): string[][] {
  return [
    ["arena", `${bytesText(sum([prepared, weights, slots, ports]))}, in one memory of WebAssembly`],
    ...(prepared === 0 ? [] : [["  prepared", `${bytesText(prepared)}, computed of weights alone`]]),
    ["  weights", bytesText(weights)],
    ["  slots", bytesText(slots)],
    ["  ports", `${bytesText(ports)}, the inputs and outputs of a call`],
  ];
}

/** The facts that the formulas do not show. */
function footnotes({ total, memory, arena }: Info): string[] {
  const symbols = new Set<string>();
  for (const size of [total.macs, total.read, total.written, memory.total, arena?.ports ?? 0])
    symbolsOf(size, symbols);
  const run = symbols.delete("...") ? ["... is the product of the sizes that it stands for"] : [];
  const names = [...symbols].sort();
  const rest = names.length > 0 ? [`${names.map((name) => `--arg ${name}=8`).join(" ")} gives numbers`] : [];
  return run.length + rest.length > 0 ? ["", ...run, ...rest] : [];
}
