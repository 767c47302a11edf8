/**
 * The pass over names, before anything is elaborated. It looks up every name in every block, matches arguments to
 * calls, and finds blocks that call themselves. So all undefined names of a file are reported at once.
 */
import type { Body, Call, Chain, Expression, Item, Statement, TypeExpression } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import {
  bindCall,
  blockSignature,
  combinatorSignature,
  recordSignature,
  type BoundCall,
} from "./bind-arguments.ts";
import * as errors from "./errors.ts";
import { definitionIn, namesOf } from "./definitions.ts";
import type { BlockDef, Definition, FileScope, LineItem } from "./meanings.ts";
import type { Reports } from "./reports.ts";
import { namesIn, typesIn, visit, wordsBoundBy } from "./syntax.ts";
import { entryNames, type Table } from "./table.ts";

/** The name of a chain's input, if the chain declares none. */
export const CHAIN_INPUT = "x";

interface Scope {
  readonly names: ReadonlySet<string>;
  readonly parent: Scope | undefined;
}

interface Edge {
  readonly to: BlockDef;
  readonly call: Span;
}

/** The arguments of each call, matched to their names. */
export type BoundCalls = WeakMap<Call, BoundCall>;

/** Is called for each name that one item of a file defines and another item uses. */
export type OnUse = (item: Item, call: Call, definition: Definition) => void;

export function checkNames(
  files: readonly FileScope[],
  table: Table,
  reports: Reports,
  onUse?: OnUse,
): BoundCalls {
  const bound: BoundCalls = new WeakMap();
  const edges = new Map<BlockDef, Edge[]>();
  for (const file of files) new FileNames(file, table, reports, bound, edges, onUse).run();
  findRecursion(edges, reports);
  return bound;
}

/** Does the same for one statement of a session; `given` are names that need no definition. */
export function checkLine(
  file: FileScope,
  line: LineItem,
  given: ReadonlySet<string>,
  table: Table,
  reports: Reports,
  onUse: OnUse,
): BoundCalls {
  const bound: BoundCalls = new WeakMap();
  new FileNames(file, table, reports, bound, new Map(), onUse).line(line, given);
  return bound;
}

class FileNames {
  readonly #file: FileScope;
  readonly #table: Table;
  readonly #reports: Reports;
  readonly #bound: WeakMap<Call, BoundCall>;
  readonly #edges: Map<BlockDef, Edge[]>;
  readonly #onUse: OnUse | undefined;
  readonly #reported = new Set<string>();
  #block: BlockDef | undefined;
  #item: Item | undefined;

  constructor(
    file: FileScope,
    table: Table,
    reports: Reports,
    bound: BoundCalls,
    edges: Map<BlockDef, Edge[]>,
    onUse?: OnUse,
  ) {
    this.#file = file;
    this.#table = table;
    this.#reports = reports;
    this.#bound = bound;
    this.#edges = edges;
    this.#onUse = onUse;
  }

  run(): void {
    for (const { binding } of this.#file.constants.values()) {
      this.#item = binding;
      this.#expression(binding.value, undefined);
    }
    const { chain } = this.#file;
    this.#item = chain;
    if (chain) this.#expression(chain.value, { names: new Set([CHAIN_INPUT]), parent: undefined });
    for (const block of this.#file.blocks.values()) {
      this.#block = block;
      this.#item = block.block;
      this.#edges.set(block, []);
      const parameters = new Map<string, Span>();
      for (const { name, default: fallback } of block.block.parameters) {
        this.#fresh(parameters, name.text, name.span);
        if (fallback) this.#expression(fallback, { names: new Set(parameters.keys()), parent: undefined });
      }
      this.#body(block.block.body, parameters, undefined);
    }
  }

  line(line: LineItem, given: ReadonlySet<string>): void {
    this.#item = line;
    const scope = { names: given, parent: undefined };
    if (line.kind === "binding" && line.type) this.#type(line.type, scope);
    this.#statement(line, scope);
  }

  /** `given` are the names that the body gets from outside: parameters, the index of a round. */
  #body(body: Body, given: ReadonlyMap<string, Span>, parent: Scope | undefined): void {
    const bound = new Map(given);
    for (const statement of body.statements) {
      for (const word of wordsBoundBy(statement)) this.#fresh(bound, word.text, word.span);
    }
    const names = new Set(bound.keys());
    for (const type of typesIn(body)) this.#type(type, { names, parent });
    for (const type of typesIn(body)) {
      for (const dim of type.dims ?? []) {
        if (dim.kind === "size") for (const { name } of namesIn(dim.value)) names.add(name);
      }
    }
    const scope = { names, parent };
    for (const statement of body.statements) this.#statement(statement, scope);
  }

  #fresh(bound: Map<string, Span>, name: string, span: Span): void {
    const first = bound.get(name);
    if (first) this.#reports.add(errors.boundTwice(span, name, first));
    else bound.set(name, span);
  }

  #statement(statement: Statement, scope: Scope): void {
    switch (statement.kind) {
      case "input":
        break;
      case "output":
        for (const { value } of statement.items) this.#expression(value, scope);
        break;
      case "parameter":
        this.#type(statement.type, scope);
        if (statement.init) this.#expression(statement.init, scope);
        break;
      case "binding":
      case "chain-statement":
        this.#expression(statement.value, scope);
    }
  }

  #expression(expression: Expression | Chain, scope: Scope | undefined): void {
    visit(expression, (call) => {
      this.#call(call, scope);
      if (!call.body) return;
      const index = new Map(call.index ? [[call.index.text, call.index.span]] : []);
      this.#body(call.body, index, scope);
    });
  }

  #call(call: Call, scope: Scope | undefined): void {
    const { name } = call;
    if (name === "_") return;
    if (isLocal(name, scope)) return;
    const definition = definitionIn(this.#file, name);
    this.#use(call, definition);
    if (definition?.kind === "block") {
      if (this.#block) this.#edges.get(this.#block)!.push({ to: definition.block, call: call.span });
      this.#bind(call, blockSignature(definition.block.block));
      return;
    }
    if (definition || this.#file.imports.has(name)) return;
    const combinator = this.#table.combinators.get(name);
    const record = this.#table.records.get(name);
    if (combinator) this.#bind(call, combinatorSignature(combinator));
    else if (record) this.#bind(call, recordSignature(record));
    else this.#unknown(call, scope);
  }

  /**
   * Looks up the names in a type. A name that nothing defines is a new size, so no name in a type is reported as
   * missing.
   */
  #type(type: TypeExpression, scope: Scope): void {
    for (const dim of type.dims ?? []) {
      if (dim.kind === "run") continue;
      for (const call of namesIn(dim.value)) {
        if (!isLocal(call.name, scope)) this.#use(call, definitionIn(this.#file, call.name));
      }
    }
  }

  #use(call: Call, definition: Definition | undefined): void {
    if (definition && this.#item) this.#onUse?.(this.#item, call, definition);
  }

  #bind(call: Call, signature: Parameters<typeof bindCall>[1]): void {
    this.#bound.set(
      call,
      bindCall(call, signature, (one) => this.#reports.add(one)),
    );
  }

  #unknown(call: Call, scope: Scope | undefined): void {
    const { name, nameSpan } = call;
    if (this.#reported.has(name) || this.#file.damaged.has(name)) return;
    this.#reported.add(name);
    this.#reports.add(() => {
      const local: string[] = [];
      for (let at = scope; at; at = at.parent) local.push(...at.names);
      const layers = [...namesOf(this.#file), ...entryNames(this.#table)];
      const isLayer = call.arguments.length > 0 || call.body !== undefined || /^[A-Z]/.test(name);
      return isLayer
        ? errors.unknownLayer(nameSpan, name, [...layers, ...local])
        : errors.unknownName(nameSpan, name, [...local, ...layers]);
    });
  }
}

function isLocal(name: string, scope: Scope | undefined): boolean {
  for (let at = scope; at; at = at.parent) if (at.names.has(name)) return true;
  return false;
}

/** Finds blocks that call themselves, in a loop, so that long chains of calls do not overflow the stack. */
function findRecursion(edges: ReadonlyMap<BlockDef, readonly Edge[]>, reports: Reports): void {
  const done = new Set<BlockDef>();
  for (const root of edges.keys()) {
    const stack: { block: BlockDef; next: number }[] = [{ block: root, next: 0 }];
    const onStack = new Set([root]);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const edge = done.has(top.block) ? undefined : edges.get(top.block)?.[top.next++];
      if (!edge) {
        done.add(top.block);
        onStack.delete(top.block);
        stack.pop();
      } else if (onStack.has(edge.to)) {
        const cycle = stack.slice(stack.findIndex((one) => one.block === edge.to)).map((one) => one.block);
        if (!cycle.some((block) => block.recursive)) {
          reports.add(
            errors.recursion(
              edge.call,
              [...cycle, edge.to].map((block) => block.name),
            ),
          );
        }
        for (const block of cycle) block.recursive = true;
      } else if (!done.has(edge.to)) {
        onStack.add(edge.to);
        stack.push({ block: edge.to, next: 0 });
      }
    }
  }
}
