/** Reads a tensor graph as `print-graph.ts` prints it. */
import { spanAt } from "../../../grammar/source.ts";
import { isNarrow } from "../dtype.ts";
import type { Tensor, TensorGraph, TensorNode } from "./builder.ts";
import type { Init, Parameter, GraphPort, SizeCheck } from "./graph.ts";
import type { CallSite, Origin } from "./origin.ts";
import { impliedHint, siteText } from "./print-graph.ts";
import { draws } from "./draws.ts";
import {
  maps,
  reductions,
  type PadMode,
  type ScanLoop,
  type ScatterCombine,
  type TensorOp,
} from "./primitives.ts";
import { IrError, linesOf, type Line } from "../text/scan.ts";
import type { Size } from "../size/size.ts";

/**
 * The graph that prints as this text. Throws IrError where the text does not have the form of a graph; `verify` checks
 * whether the graph keeps the rules.
 */
export function readTensorGraph(text: string): TensorGraph {
  const lines = linesOf(text);
  const [first, ...others] = lines;
  if (!first) throw new IrError("line 1: there is no graph");
  const reading = new GraphReading(first);
  for (const line of others) {
    if (!reading.line(line)) line.fail("a node, or what a graph declares");
    line.end();
  }
  return reading.graph();
}

/** A graph while its lines are read. */
export class GraphReading {
  readonly #name: string;
  readonly #nodes = new Map<number, TensorNode>();
  /** The origins by their printed text. */
  readonly #origins = new Map<string, Origin>();
  readonly #parameters: Parameter[] = [];
  readonly #checks: SizeCheck[] = [];
  readonly #ports = { input: [] as Pending[], output: [] as Pending[], update: [] as Pending[] };

  /** `first` is the line `graph mlp`. */
  constructor(first: Line) {
    first.want("graph");
    this.#name = first.rest();
  }

  /** Reads a line; false if the line does not belong to a graph. */
  line(line: Line): boolean {
    if (line.take("check")) this.#checks.push(readCheck(line));
    else if (line.take("param")) this.#parameters.push(readParameter(line, "param"));
    else if (line.take("buffer")) this.#parameters.push(readParameter(line, "buffer"));
    else if (line.take("input")) this.#ports.input.push(pending(line, line.word()));
    else if (line.take("output")) this.#ports.output.push(pending(line, line.word()));
    else if (line.take("update")) this.#ports.update.push(pending(line, line.path()));
    else return this.node(line) !== undefined;
    return true;
  }

  node(line: Line): TensorNode | undefined {
    const id = idOf(line);
    if (id === undefined) return undefined;
    if (this.#nodes.has(id)) line.wrong(`%${id} is there already`);
    const named = line.take("=") ? undefined : line.word("a hint or `=`");
    if (named !== undefined) line.want("=");
    const op = line.key(ops, "an op");
    const inputs: Tensor[] = [];
    for (let input = idOf(line); input !== undefined; input = idOf(line))
      inputs.push(this.value(line, input));
    const read = opOf(op, line);
    line.want(":");
    const type = line.type();
    const hint = named ?? impliedHint(read);
    const base = { id, op: read, inputs, types: [type], origin: this.#origin(line) };
    const node = hint === undefined ? base : { ...base, hint };
    this.#nodes.set(id, node);
    return node;
  }

  /** Reads `# "LayerNorm(10)" mlp.nn:1:24 < "Block" mlp.nn:9:3`. Calls that print alike become one layer. */
  #origin(line: Line): Origin | undefined {
    if (!line.take("#")) return undefined;
    const calls: [CallSite, ...CallSite[]] = [readSite(line)];
    while (line.take("<")) calls.push(readSite(line));
    const text = calls.map(siteText).join(" < ");
    const origin = this.#origins.get(text) ?? { layer: this.#origins.size, calls };
    this.#origins.set(text, origin);
    return origin;
  }

  value(line: Line, id: number): Tensor {
    const node = this.#nodes.get(id) ?? line.wrong(`there is no node %${id} before this line`);
    return { node, result: 0 };
  }

  graph(): TensorGraph {
    const port = ({ name, line, id }: Pending): GraphPort<TensorOp> => ({
      name,
      value: this.value(line, id),
    });
    const { input, output, update } = this.#ports;
    return {
      name: this.#name,
      nodes: [...this.#nodes.values()].sort((a, b) => a.id - b.id),
      inputs: input.map(port),
      outputs: output.map(port),
      updates: update.map(port).map(({ name, value }) => ({ path: name, value })),
      parameters: this.#parameters,
      checks: this.#checks,
    };
  }
}

/** A port whose node may stand on a later line. */
interface Pending {
  readonly name: string;
  readonly line: Line;
  readonly id: number;
}

function pending(line: Line, name: string): Pending {
  line.want("=");
  return { name, line, id: idOf(line) ?? line.fail("a node") };
}

/** Reads `%3`, the id of a node. */
export function idOf(line: Line): number | undefined {
  const text = line.match(/%\d+/y);
  return text === undefined ? undefined : Number(text.slice(1));
}

/** Reads `"LayerNorm(10)" mlp.nn:1:24`. The call's name is the part before the brackets. */
function readSite(line: Line): CallSite {
  const text = line.string();
  const place = line.match(/[^\s"]+/y) ?? line.string();
  const [, file, row, column] = /^(.*):(\d+):(\d+)$/s.exec(place) ?? line.wrong(`${place} is no place`);
  return { name: text.split("(", 1)[0]!.trimEnd(), text, span: spanAt(file!, Number(row), Number(column)) };
}

const relations = ["==", "!=", "<=", ">="] as const;

/** Reads a check after the word `check`. */
export function readCheck(line: Line): SizeCheck {
  const left = line.size();
  const relation = relations.find((one) => line.take(one)) ?? line.fail("==, !=, <= or >=");
  const right = line.size();
  line.want(":");
  return { left, right, relation, message: line.rest() };
}

/** Reads a parameter after the word `param` or `buffer`. */
export function readParameter(line: Line, role: Parameter["role"]): Parameter {
  const path = line.path();
  line.want(":");
  const type = line.type();
  line.want("=");
  const init = readInit(line);
  const aliases = line.take("or") ? line.list(() => line.path()) : [];
  return { path, aliases, role, type, init };
}

function readInit(line: Line): Init {
  if (line.take("eye")) return { kind: "eye" };
  if (line.take("copy")) {
    line.want("(");
    const of = line.path();
    line.want(")");
    return { kind: "copy", of };
  }
  const kind = (["uniform", "normal", "truncated"] as const).find((one) => line.take(one));
  if (kind === undefined) {
    const constant = { kind: "constant", value: line.float() } as const;
    if (!line.take("but")) return constant;
    line.want("drawn");
    return { ...constant, drawn: true };
  }
  line.want("(");
  const numbers = line.list(() => line.float());
  line.want(")");
  if (numbers.length !== (kind === "truncated" ? 4 : 2)) line.wrong(`${kind} has other numbers`);
  const [a, b, low, high] = numbers as [number, number, number, number];
  if (kind === "uniform") {
    if (!line.take("but")) return { kind, low: a, high: b };
    line.want("after");
    return { kind, low: a, high: b, after: line.integer() };
  }
  if (kind === "truncated") return { kind, mean: a, std: b, low, high };
  if (!line.take("but")) return { kind, mean: a, std: b };
  line.want("row");
  return { kind, mean: a, std: b, zeroRow: line.integer() };
}

/** Reads the details of an op, which are in brackets after the operands. */
type Details<Kind extends TensorOp["kind"]> = (line: Line) => Extract<TensorOp, { kind: Kind }>;

const padModes: Readonly<Record<PadMode, true>> = {
  constant: true,
  reflect: true,
  replicate: true,
  circular: true,
};

/** What is wanted where a reduction is named. */
const REDUCTIONS = "sum, prod, max or min";

const combines: Readonly<Record<ScatterCombine, true>> = {
  last: true,
  add: true,
  mul: true,
  max: true,
  min: true,
};

const structural: { readonly [Kind in Exclude<TensorOp["kind"], "map">]: Details<Kind> } = {
  cast: () => ({ kind: "cast" }),
  reshape: () => ({ kind: "reshape" }),
  broadcast: () => ({ kind: "broadcast" }),
  reduce: (line) => {
    line.want("(");
    const reduce = line.key(reductions, REDUCTIONS);
    return { kind: "reduce", reduce, axes: closed(line, next(line, "axes", integers)) };
  },
  prefix: (line) => {
    line.want("(");
    const reduce = line.key(reductions, REDUCTIONS);
    return { kind: "prefix", reduce, axis: closed(line, next(line, "axis", integer)) };
  },
  contract: (line) => {
    line.want("(");
    const left = labels(line);
    line.want(",");
    const right = labels(line);
    line.want("->");
    return { kind: "contract", labels: closed(line, [left, right, labels(line)] as const) };
  },
  window: (line) => {
    line.want("(");
    const axis = named(line, "axis", integer);
    const size = next(line, "size", integer);
    const stride = next(line, "stride", integer);
    const dilation = next(line, "dilation", integer);
    const before = next(line, "before", integer);
    const value = line.take(",") ? named(line, "value", (from) => from.float()) : 0;
    return { kind: "window", axis, size, stride, dilation, before, value: closed(line, value) };
  },
  sections: (line) => {
    line.want("(");
    const axis = named(line, "axis", integer);
    const count = next(line, "count", (from) => from.size());
    const size = next(line, "size", (from) => from.size());
    const value = line.take(",") ? named(line, "value", (from) => from.float()) : 0;
    return { kind: "sections", axis, count, size, value: closed(line, value) };
  },
  copy: (line) => (line.take("(") ? { kind: "copy", for: closed(line, line.path()) } : { kind: "copy" }),
  permute: (line) => {
    line.want("(");
    return { kind: "permute", order: closed(line, integers(line)) };
  },
  diagonal: (line) => {
    line.want("(");
    const [first, second] = closed(line, named(line, "axes", integers));
    return { kind: "diagonal", axes: [first!, second!] };
  },
  slice: (line) => {
    line.want("(");
    const starts = named(line, "starts", sizes);
    return { kind: "slice", starts, steps: closed(line, next(line, "steps", integers)) };
  },
  pad: (line) => {
    line.want("(");
    const mode = line.key(padModes, "a mode");
    const before = next(line, "before", sizes);
    let interior = before.map(() => 0);
    let value = 0;
    if (mode === "constant") {
      line.want(",");
      if (line.take("interior")) {
        line.want("=");
        interior = integers(line);
        line.want(",");
      }
      value = named(line, "value", (from) => from.float());
    }
    return { kind: "pad", mode, before, interior, value: closed(line, value) };
  },
  concat: (line) => ({ kind: "concat", axis: onlyAxis(line) }),
  iota: (line) => ({ kind: "iota", axis: onlyAxis(line) }),
  gather: (line) => {
    const op = { kind: "gather" as const, axis: 0, batch: 0, checked: false, choice: false };
    if (!line.take("(")) return op;
    line.list(() => {
      if (line.take("choice")) op.choice = true;
      else if (line.take("checked")) op.checked = true;
      else if (line.take("batch")) op.batch = equals(line, integer);
      else op.axis = named(line, "axis", integer);
    });
    return closed(line, op);
  },
  scatter: (line) => {
    line.want("(");
    const batch = named(line, "batch", integer);
    line.want(",");
    const combine = line.key(combines, "last, add, mul, max or min");
    return { kind: "scatter", batch, combine: closed(line, combine) };
  },
  random: (line) => {
    line.want("(");
    const draw = line.key(draws, "a distribution");
    const numbers = draws[draw].numbers.map(() => {
      line.want(",");
      return line.float();
    });
    return { kind: "random", draw, numbers, order: closed(line, next(line, "order", integer)) };
  },
  carry: (line) => {
    const loop = scanLoop(line);
    return { kind: "carry", loop, index: closed(line, next(line, "index", integer)) };
  },
  last: (line) => {
    const loop = scanLoop(line);
    return { kind: "last", loop, index: closed(line, next(line, "index", integer)) };
  },
  stack: (line) => ({ kind: "stack", loop: closed(line, scanLoop(line)) }),
  constant: (line) => {
    line.want("(");
    const value = line.isFloat() ? line.float() : line.size();
    return { kind: "constant", value: closed(line, value) };
  },
  parameter: (line) => {
    line.want("(");
    const path = line.path();
    const storage = line.take(",") ? line.dtype() : undefined;
    if (storage === undefined) return closed(line, { kind: "parameter", path });
    if (!isNarrow(storage)) return line.wrong(`no weights are stored as ${storage}`);
    return closed(line, { kind: "parameter", path, storage });
  },
  input: (line) => {
    line.want("(");
    return { kind: "input", name: closed(line, line.word()) };
  },
  prepared: (line) => {
    line.want("(");
    const name = line.word();
    line.want(",");
    return { kind: "prepared", name, storage: closed(line, line.dtype()) };
  },
};

const ops = { ...maps, ...structural };

function opOf(name: keyof typeof ops, line: Line): TensorOp {
  return name in structural
    ? structural[name as keyof typeof structural](line)
    : { kind: "map", map: name as keyof typeof maps };
}

/** Reads the closing bracket after a value. */
function closed<T>(line: Line, value: T): T {
  line.want(")");
  return value;
}

/** Reads a named detail: `axis=1`. */
function named<T>(line: Line, name: string, read: (line: Line) => T): T {
  line.want(name);
  return equals(line, read);
}

/** Reads the value of a detail whose name is read: `=1`. */
function equals<T>(line: Line, read: (line: Line) => T): T {
  line.want("=");
  return read(line);
}

/** Reads a further named detail: `, axis=1`. */
function next<T>(line: Line, name: string, read: (line: Line) => T): T {
  line.want(",");
  return named(line, name, read);
}

/** Reads `(step0, count=T` and, where it is there, `, reverse`. */
function scanLoop(line: Line): ScanLoop {
  line.want("(");
  const step = line.word();
  const count = next(line, "count", (from) => from.size());
  const reverse = line.sees(", reverse");
  if (reverse) {
    line.want(",");
    line.want("reverse");
  }
  return { step, count, reverse };
}

function onlyAxis(line: Line): number {
  line.want("(");
  return closed(line, named(line, "axis", integer));
}

const integer = (line: Line): number => line.integer();
const integers = (line: Line): number[] => bracketed(line, integer);
const sizes = (line: Line): Size[] => bracketed(line, () => line.size());

/** Reads a list in square brackets: `[1, 2]`. */
function bracketed<T>(line: Line, read: (line: Line) => T): T[] {
  line.want("[");
  if (line.take("]")) return [];
  const items = line.list(() => read(line));
  line.want("]");
  return items;
}

/** Reads the labels of an operand: `ab`, with `(26)` for labels after `z`. */
function labels(line: Line): number[] {
  const found: number[] = [];
  for (;;) {
    const one = line.match(/[a-z]|\(\d+\)/y);
    if (one === undefined) return found;
    found.push(one.length === 1 ? one.codePointAt(0)! - 97 : Number(one.slice(1, -1)));
  }
}
