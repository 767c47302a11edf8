/** Names and what they are bound to, by scope. */
import type { Body } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { FileScope } from "./files.ts";
import { NearNames } from "./near.ts";
import { namesBoundIn } from "./syntax.ts";
import type { Value } from "./values.ts";

export interface Bound {
  readonly value: Value;
  readonly span: Span;
  /** A symbolic size that a type introduced. */
  readonly symbolic?: true;
}

export class Env {
  readonly file: FileScope;
  readonly parent: Env | undefined;
  readonly body: Body | undefined;
  /** Every name of this scope alone. */
  readonly names: Map<string, Bound> = new Map();
  /** Those among them that are numbers or sizes, but for the sizes that types introduced. */
  readonly numbers: NearNames = new NearNames();

  constructor(file: FileScope, parent?: Env, body?: Body) {
    this.file = file;
    this.parent = parent;
    this.body = body;
  }

  bind(name: string, bound: Bound): void {
    this.names.set(name, bound);
    const { kind } = bound.value;
    if (!bound.symbolic && (kind === "number" || kind === "size")) this.numbers.add(name);
  }

  lookup(name: string): Bound | undefined {
    return this.names.get(name) ?? this.parent?.lookup(name);
  }

  /** Where a body of this scope binds the name, which it has not done by now. */
  boundLater(name: string): Span | undefined {
    return (this.body && namesBoundIn(this.body).get(name)) ?? this.parent?.boundLater(name);
  }
}
