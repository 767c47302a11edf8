/**
 * The changes that a line is about to make to a session. A trial reads from the session, and keeps what it writes
 * to itself.
 */
import { place, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Item } from "../../../grammar/ast.ts";
import type { Source, Span } from "../../../grammar/source.ts";
import type { NnError } from "../../../grammar/nn-error.ts";
import { closure } from "../../emit/host/closure.ts";
import { typeText } from "../../ir/types.ts";
import type { Mode } from "../../layers/record.ts";
import type { Model } from "../../../runtime/model.ts";
import { plan } from "../../pipeline/pipeline.ts";
import {
  elaborateConstants,
  elaborateText,
  isLine,
  type Definition,
  type Held,
  type Line,
  type Literal,
  type Made,
  type Names,
  type Opened,
  type OwnedParameter,
  type Step,
} from "../../resolve/session.ts";
import { cannotRun, otherSize, weightsStatement } from "../../resolve/errors/session-errors.ts";
import { fill } from "../../weights/state.ts";
import type { Generator } from "../../../runtime/random.ts";
import type { ArrayDtype } from "../../../runtime/array-dtype.ts";
import { tensor, type Tensor } from "../../../runtime/tensor.ts";
import { callModel, type NamedResults } from "../results.ts";
import { record, type Log } from "./log.ts";
import { itemText } from "./show.ts";
import type { Cell, Cells, Ran, SessionValues, ShownValue, SessionState, Subject } from "./session-state.ts";

/** The part of a session that a trial reads. */
export interface Base extends SessionValues {
  readonly mode: Mode;
  /** Records files that were read, so that messages can show their lines. */
  readonly know: (sources: readonly Source[]) => void;
  readonly wrong: (diagnostics: readonly Diagnostic[]) => NnError;
}

function tensorOfList({ type: { dtype, shape }, values }: Literal): Tensor {
  return tensor(values, { dtype: dtype as ArrayDtype, shape: shape as readonly number[] });
}

function copyOf({ dtype, shape, data }: Tensor): Tensor {
  return { dtype, shape, data: data.slice() };
}

/** The names that an item defines. */
function namesOf(item: Item): string[] {
  switch (item.kind) {
    case "import":
      return item.names.map(({ name, as }) => (as ?? name).text);
    case "block":
      return [item.name.text];
    case "binding":
      return item.targets.map((target) => target.text);
    default:
      return [];
  }
}

/** If the error is in a layer that was bound earlier, adds the place where the line uses that layer. */
function withUse(diagnostic: Diagnostic, span: Span): Diagnostic {
  const used = place(span);
  const places = [diagnostic.span, ...diagnostic.notes.map((note) => note.span)];
  if (places.some(({ file, line }) => file === used.file && line >= used.line)) return diagnostic;
  return { ...diagnostic, notes: [...diagnostic.notes, { message: "used here", span: used }] };
}

export class Trial {
  readonly names: Map<string, Definition>;
  readonly generator: Generator;
  readonly cells: Map<object, Cells> = new Map();
  readonly tensors: Map<Held, Tensor> = new Map();
  readonly shown: ShownValue[] = [];
  readonly warnings: Diagnostic[] = [];
  log: Log;
  last: Subject | undefined;
  readonly #session: Base;
  readonly #isDry: boolean;

  /** With `isDry` nothing is computed; only the nets are made. */
  constructor(session: Base, { names, generator, log, last }: SessionState, isDry: boolean = false) {
    this.names = new Map(names);
    this.generator = generator.clone();
    this.log = log;
    this.last = last;
    this.#session = session;
    this.#isDry = isDry;
  }

  get mode(): Mode {
    return this.#session.mode;
  }

  /** Runs the statements. Throws an NnError if something is wrong; the trial must then be discarded. */
  run(opened: Opened): void {
    this.#session.know(opened.sources);
    this.#accept(opened.diagnostics);
    const isFile = opened.scope.session === undefined;
    for (const item of opened.items)
      if (item.kind === "weights") this.#accept([weightsStatement(item.span, item.path.value, isFile)]);
    for (const [name, definition] of opened.defined) this.names.set(name, definition);
    // The constants of a file are definitions, which may come in any order.
    const isDefinition = (item: Item): boolean => (isFile ? item.kind !== "chain-statement" : !isLine(item));
    const definitions = opened.items
      .filter(isDefinition)
      .map((item) => [item, this.#definedBy(item)] as const);
    this.log = record(this.log, definitions, opened);
    this.#take(elaborateConstants(opened, this.mode), opened.scope.file.span);
    for (const item of opened.items) if (isLine(item) && !isDefinition(item)) this.#line(opened, item);
  }

  #definedBy(item: Item): Names {
    const names = namesOf(item).map((name) => [name, this.names.get(name)] as const);
    return new Map(names.filter((one): one is [string, Definition] => one[1] !== undefined));
  }

  tensorOf(held: Held): Tensor {
    return this.tensors.get(held) ?? this.#session.tensorOf(held);
  }

  #line(opened: Opened, line: Line): void {
    const { made, ran } = this.#take(elaborateText(opened, line, this.names, this.mode), line.span);
    const { bound, graph, value, outputs } = made;
    for (const [name, definition] of bound) this.names.set(name, definition);
    this.log = record(this.log, [[line, bound]], opened, { draws: made.parameters.length > 0, value });
    if (value && line.kind === "chain-statement") this.shown.push({ line, value, graph });
    if (graph && (outputs.size > 0 || (value && value.kind !== "kept")))
      this.last = { graph, mode: this.mode, text: itemText(line), ...(ran && { ran }) };
  }

  #accept(diagnostics: readonly Diagnostic[]): void {
    const wrong = diagnostics.filter(({ severity }) => severity === "error");
    if (wrong.length > 0) throw this.#session.wrong(diagnostics);
    this.warnings.push(...diagnostics);
  }

  #take({ diagnostics, made }: Step, span: Span): { made: Made; ran: Ran | undefined } {
    this.#accept(diagnostics.map((diagnostic) => withUse(diagnostic, span)));
    const { graph, inputs, lists, outputs, parameters } = made!;
    if (this.#isDry) return { made: made!, ran: undefined };
    const state = this.#draw(parameters, span);
    if (!graph || outputs.size === 0) return { made: made!, ran: undefined };
    // A run updates copies of the buffers, so that neither a failing line nor a measurement changes the session.
    const buffers = parameters.filter(
      ({ parameter }) => this.mode === "train" && parameter.role === "buffer",
    );
    for (const { parameter } of buffers) state[parameter.path] = copyOf(state[parameter.path]!);
    const source = { generator: this.generator };
    const model = closure(plan(graph, { mode: this.mode }), state, { source });
    const given = Object.fromEntries([
      ...[...inputs].map(([name, held]) => [name, this.tensorOf(held)] as const),
      ...[...lists].map(([name, list]) => [name, tensorOfList(list)] as const),
    ]);
    const results = this.#call(model, given, span);
    // A run that measures draws, too, and must not change the session.
    source.generator = this.generator.clone();
    for (const [name, held] of outputs) this.tensors.set(held, results[name]!);
    for (const { parameter, owner, key } of buffers)
      if (owner)
        this.setCell(owner, key, { tensor: copyOf(model.parameters[parameter.path]!), role: "buffer" });
    return { made: made!, ran: { model, inputs: given, outputs: results } };
  }

  /**
   * The values of all parameters: those of the session, and new ones, which are drawn in the order of the text.
   */
  #draw(parameters: readonly OwnedParameter[], span: Span): Record<string, Tensor> {
    const missing = parameters.filter(({ owner, key }) => !owner || !this.#cellsOf(owner).has(key));
    const state = fill(
      missing.map(({ parameter }) => parameter),
      new Map(),
      this.generator,
    );
    for (const { parameter, owner, key } of parameters) {
      const { path, role, type } = parameter;
      const cell = owner && this.#cellsOf(owner).get(key);
      if (cell) {
        const { tensor } = cell;
        const known = typeText({ dtype: type.dtype, shape: tensor.shape });
        if (known !== typeText(type)) this.#accept([otherSize(span, path, known, typeText(type))]);
        state[path] = tensor;
      } else if (owner) this.setCell(owner, key, { tensor: state[path]!, role });
    }
    return state;
  }

  #call(model: Model, inputs: NamedResults, span: Span): NamedResults {
    try {
      return callModel(model, inputs);
    } catch (cause) {
      // The errors that a model throws are about shapes, dtypes and indices of its input.
      if (cause instanceof TypeError || cause instanceof RangeError)
        throw this.#session.wrong([cannotRun(span, cause.message)]);
      throw cause;
    }
  }

  #cellsOf(owner: object): Cells {
    return this.cells.get(owner) ?? this.#session.cellsOf(owner);
  }

  setCell(owner: object, key: string, cell: Cell): void {
    this.cells.set(owner, new Map([...this.#cellsOf(owner), [key, cell]]));
  }
}
