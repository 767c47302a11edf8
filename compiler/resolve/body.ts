/** Elaborates the statements of a body, in their order. */
import type {
  Binding,
  Body,
  Chain,
  ParameterStatement,
  Statement,
  TypeExpression,
  Word,
} from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { MAX_SIZE } from "../ir/size/size.ts";
import { constant, type ParameterSpec } from "../layers/record.ts";
import { placed } from "./calls.ts";
import { asLayer, isLayers } from "./chains.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import { isDamaged } from "./definitions.ts";
import { initialOf } from "./initials.ts";
import type { Env, LayerValue, Results, Tensorlike, Value } from "./meanings.ts";
import { child, joinedPath, type At } from "./paths.ts";
import { plainName, siteNamed, spanText } from "./syntax.ts";
import { asInputs, asTensor, orderedByName, inFloats, isWhole, wrongNumber, type Given } from "./tensors.ts";
import { matchType, parameterType } from "./type-expressions.ts";
import { NONE, POISON, valueKind, tensorValue } from "./values.ts";

/** The input of a body. The inputs of the net itself are made when their statements are met. */
export type Supply = Value | EntrySupply;

export interface EntrySupply {
  readonly kind: "entry";
  readonly take: (name: Word, type: TypeExpression | undefined, env: Env) => Value;
  /** Makes the inputs of a layer that is the whole net. */
  readonly flow: (layer: LayerValue) => Value;
}

/** The block or combinator that has the body, for messages. */
export interface BodyOwner {
  readonly text: string;
  readonly span: Span;
  /** The place where the owner is defined. */
  readonly defined: Span;
}

interface Output {
  readonly name?: string;
  readonly value: Tensorlike;
}

export function elaborateBody(
  context: Context,
  body: Body,
  env: Env,
  at: At,
  input: Supply,
  owner: BodyOwner,
): Results {
  return new BodyElaboration(context, body, env, at, input, owner).run();
}

/** Elaborates one line of a session. It binds its names in `env`; unlike a body, it need not have a result. */
export function elaborateLine(context: Context, line: Binding | ParameterStatement, env: Env, at: At): void {
  const { span } = line;
  const owner = { text: spanText(span), span, defined: span };
  new BodyElaboration(context, { statements: [line], span }, env, at, NONE, owner).statements();
}

class BodyElaboration {
  readonly #context: Context;
  readonly #body: Body;
  readonly #env: Env;
  readonly #at: At;
  readonly #input: Supply;
  readonly #owner: BodyOwner;
  readonly #outputs: Output[] = [];
  readonly #outputNames = new Set<string>();
  #supplied: readonly Tensorlike[] | undefined;
  #taken = 0;
  #bare: Chain | undefined;

  constructor(context: Context, body: Body, env: Env, at: At, input: Supply, owner: BodyOwner) {
    this.#context = context;
    this.#body = body;
    this.#env = env;
    this.#at = at;
    this.#input = input;
    this.#owner = owner;
  }

  run(): Results {
    this.#checkInput();
    this.statements();
    const { text: from } = this.#owner;
    if (this.#outputs.length === 0) {
      if (!this.#context.limits.halted && !this.#damaged) {
        this.#context.report(errors.noOutput(this.#body.span, from));
      }
      return { kind: "results", items: [{ value: POISON }], auxiliary: false, from };
    }
    return { kind: "results", items: this.#outputs, auxiliary: false, from };
  }

  statements(): void {
    for (const statement of this.#body.statements) {
      if (this.#context.limits.halted) break;
      this.#context.limits.limited(statement.span, undefined, () => this.#statement(statement));
    }
    this.#enterUnused();
  }

  get #damaged(): boolean {
    return isDamaged(this.#env.file, this.#body.span);
  }

  get #names(): string[] {
    return this.#body.statements.flatMap((one) =>
      one.kind === "input" ? one.names.map((name) => name.text) : [],
    );
  }

  /**
   * Checks that the body can take its input: it needs as many `input`s as there are tensors, or a chain that they
   * flow through.
   */
  #checkInput(): void {
    const input = this.#input;
    if (input.kind === "entry") return;
    const names = this.#names;
    if (names.length > 0) {
      const given = asInputs(this.#context, input, names.length, this.#owner.span, this.#at);
      const supplied = this.#byName(given, names);
      this.#supplied = names.map((name) => supplied?.get(name) ?? POISON);
    } else if (input.kind !== "none" && this.#body.statements.some((one) => one.kind === "output")) {
      if (input.kind !== "poison" && !this.#damaged) {
        this.#context.report(errors.takesNoInput(this.#owner.span, this.#owner.text, this.#owner.defined));
      }
    }
  }

  #byName(given: readonly Given[], names: readonly string[]): ReadonlyMap<string, Tensorlike> | undefined {
    const { span, text, defined } = this.#owner;
    // Some inputs may be missing because the syntax of the body is wrong; then nothing more is reported.
    const unlike = given.length !== names.length || given.some((one) => one.name);
    if (this.#damaged && unlike) return undefined;
    const supplied = orderedByName(this.#context, given, names, text);
    if (!supplied || (supplied.size === names.length && given.length === names.length)) return supplied;
    this.#context.report(wrongNumber(given, supplied, names, { span, name: text, defined }));
    return undefined;
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "input":
        for (const name of statement.names) {
          const value = this.#take(name, statement.type);
          if (
            this.#bind(name.text, value, name.span) &&
            statement.type &&
            value.kind === "tensor" &&
            this.#supplied
          ) {
            matchType(this.#context, name.text, value, statement.type, this.#env, this.#at);
          }
        }
        break;
      case "output":
        for (const { name, value } of statement.items) this.#output(name?.text, name?.span, value);
        break;
      case "parameter":
        this.#parameter(statement);
        break;
      case "binding":
        this.#binding(statement);
        break;
      case "chain-statement":
        this.#bareChain(statement.value);
    }
  }

  #take(name: Word, type: TypeExpression | undefined): Value {
    if (this.#supplied) return this.#declared(this.#supplied[this.#taken++] ?? POISON, type);
    return this.#input.kind === "entry" ? this.#input.take(name, type, this.#env) : POISON;
  }

  #declared(value: Tensorlike, type: TypeExpression | undefined): Tensorlike {
    const isFloat = type?.dtype === "f32" && value.kind === "tensor" && isWhole(value);
    return isFloat ? inFloats(this.#context, value, this.#at) : value;
  }

  /** Binds a name, unless the body has bound it before; the pass over names has reported that. */
  #bind(name: string, value: Value, span: Span): boolean {
    const known = this.#env.names.get(name);
    if (known) {
      this.#context.report(errors.boundTwice(span, name, known.span));
      return false;
    }
    if (value.kind === "tensor") this.#context.ledger.name(value, name);
    this.#env.bind(name, { value, span });
    return true;
  }

  #evaluate(chain: Chain, at: At): Value {
    return this.#context.evaluate(chain, this.#env, at);
  }

  #named(name: string): At {
    return { ...this.#at, place: child(this.#at.scope, name) };
  }

  #output(given: string | undefined, span: Span | undefined, chain: Chain): void {
    const value = this.#evaluate(chain, given === undefined ? this.#at : this.#named(given));
    const tensor = asTensor(this.#context, value, chain.span, this.#at);
    const name = given ?? plainName(chain)?.name;
    if (name !== undefined && tensor.kind === "tensor") this.#context.ledger.name(tensor, name);
    if (name === undefined) {
      this.#outputs.push({ value: tensor });
      return;
    }
    if (this.#outputNames.has(name)) {
      this.#context.report(errors.duplicateOutput(span ?? chain.span, name));
      return;
    }
    this.#outputNames.add(name);
    this.#outputs.push({ name, value: tensor });
  }

  #binding({ targets, list, type, value: chain }: Binding): void {
    const [target] = targets;
    if (list) {
      this.#destructure(targets, chain);
      return;
    }
    if (!target) return;
    const at = target.text === "_" ? this.#at : this.#named(target.text);
    let value = this.#evaluate(chain, at);
    if (isLayers(value)) value = placed(asLayer(this.#context, value, chain.span), at, this.#at);
    if (value.kind === "infer") {
      this.#context.report(errors.notATensor(chain.span, "`_`"));
      value = POISON;
    }
    // A declared type makes the value a single tensor; without a type it may have parts, which are asked for by
    // name.
    if (type) {
      const tensor = this.#declared(asTensor(this.#context, value, chain.span, at), type);
      if (tensor.kind === "tensor") matchType(this.#context, target.text, tensor, type, this.#env, at);
      else this.#poisonSizes(type);
      value = tensor;
    }
    if (target.text !== "_") this.#bind(target.text, value, target.span);
  }

  /** The type would have bound sizes from the value; if the value is unknown, so are these sizes. */
  #poisonSizes(type: NonNullable<Binding["type"]>): void {
    for (const dim of type.dims ?? []) {
      if (dim.kind !== "size" || dim.value.kind !== "call") continue;
      const { name, nameSpan } = dim.value;
      if (!this.#env.lookup(name)) this.#env.bind(name, { value: POISON, span: nameSpan, symbolic: true });
    }
  }

  #destructure(targets: Binding["targets"], chain: Chain): void {
    const value = this.#evaluate(chain, this.#at);
    const items: readonly Value[] | undefined =
      value.kind === "results"
        ? value.items.map((item) => item.value)
        : value.kind === "list" && !value.names
          ? value.items
          : value.kind === "poison"
            ? targets.map(() => POISON)
            : undefined;
    if (!items) this.#context.report(errors.cannotDestructure(chain.span, targets.length, valueKind(value)));
    else if (items.length !== targets.length) {
      this.#context.report(errors.wrongResultCount(chain.span, targets.length, items.length));
    }
    const valid = items?.length === targets.length;
    for (const [i, target] of targets.entries()) {
      if (target.text === "_") continue;
      let item: Value = valid ? items[i]! : POISON;
      if (isLayers(item)) {
        item = placed(asLayer(this.#context, item, chain.span), this.#named(target.text), this.#at);
      }
      this.#bind(target.text, item, target.span);
    }
  }

  #bareChain(chain: Chain): void {
    const context = this.#context;
    const value = this.#evaluate(chain, this.#at);
    const hasOutput = this.#body.statements.some((statement) => statement.kind === "output");
    if (this.#bare || hasOutput) {
      if (value.kind !== "poison") context.report(errors.unusedChain(chain.span, spanText(chain.span)));
      return;
    }
    this.#bare = chain;
    let result = value;
    if (isLayers(value)) {
      const layer = asLayer(context, value, chain.span);
      if (this.#names.length > 0) {
        context.report(errors.chainWithInputs(chain.span, this.#names, spanText(chain.span)));
        this.#outputs.push({ value: POISON });
        return;
      }
      const input = this.#input.kind === "entry" ? this.#input.flow(layer) : this.#input;
      result = context.apply(layer, input, this.#at);
    }
    if (result.kind === "results" && !result.auxiliary) this.#outputs.push(...result.items);
    else this.#outputs.push({ value: asTensor(context, result, chain.span, this.#at) });
  }

  #parameter(statement: ParameterStatement): void {
    const context = this.#context;
    const { name, role, type, init: initial, span } = statement;
    const declared = parameterType(context, type, this.#env, this.#at);
    const init =
      declared && initial ? initialOf(context, initial, declared, this.#env, this.#at) : constant(0);
    if (!declared || !init) {
      this.#bind(name.text, POISON, name.span);
      return;
    }
    if (declared.shape.reduce((product, size) => product * size, 1) > MAX_SIZE) {
      context.report(errors.tooLarge(type.span, spanText(type.span), MAX_SIZE));
      this.#bind(name.text, POISON, name.span);
      return;
    }
    const path = joinedPath(this.#at.scope.text, name.text);
    const spec: ParameterSpec = { name: name.text, role, ...declared, init };
    context.ledger.claim(path, spec, span, this.#at);
    const op = { kind: "parameter", path } as const;
    const node = context.ledger.node(op, [], [declared], {
      call: siteNamed(path, span),
      frame: this.#at.frame,
    });
    this.#bind(name.text, tensorValue(node), name.span);
  }

  /** Enters the parameters of bound layers that nothing uses, as weight files contain them. */
  #enterUnused(): void {
    const context = this.#context;
    for (const { value } of this.#env.names.values()) {
      if (value.kind !== "layer" || value.layer.kind !== "placed" || context.ledger.applied.has(value.layer))
        continue;
      if (context.limits.halted) return;
      context.apply(value.layer, POISON, this.#at);
    }
  }
}
