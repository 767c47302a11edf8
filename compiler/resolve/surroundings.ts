/**
 * Gives the names of a session their values in the net of one line, and tells to which layer of the session each
 * parameter of that net belongs.
 */
import type { Binding } from "../../grammar/ast.ts";
import type { Parameter } from "../ir/graph/graph.ts";
import type { Context, Surroundings } from "./context.ts";
import { identityOf } from "./definitions.ts";
import { revive } from "./kept.ts";
import type { ConstantDef, Held, Known, Scope, PlacedLayer, TensorValue, Value } from "./meanings.ts";
import type { At, ParameterSlot } from "./paths.ts";
import { siteNamed } from "./syntax.ts";
import { tensorValue } from "./values.ts";

interface Net {
  /** The path of each bound layer, parameter and tensor that the net uses. */
  readonly scopes: Map<object, string>;
  readonly taken: Set<string>;
  readonly values: Map<Known, Value>;
  readonly tensors: Map<Held, { readonly name: string; readonly value: TensorValue }>;
  readonly parameters: Map<Known, Parameter>;
}

export interface ParameterOwner {
  readonly owner: object;
  readonly key: string;
}

/**
 * Makes the nets of one line. A line may be elaborated several times while the type of a chain's input is
 * searched for, and each time makes a net.
 */
export class NetsOfSession implements Surroundings {
  readonly #names: Scope;
  readonly #rebound: ReadonlySet<string>;
  readonly #nets = new WeakMap<Context, Net>();

  /**
   * `rebound` are the names that the line is about to bind. The values that have these names so far get other
   * names in the net.
   */
  constructor(names: Scope, rebound: ReadonlySet<string> = new Set()) {
    this.#names = names;
    this.#rebound = rebound;
  }

  #net(context: Context): Net {
    let net = this.#nets.get(context);
    if (!net) {
      const maps = { scopes: new Map(), values: new Map(), tensors: new Map(), parameters: new Map() };
      this.#nets.set(context, (net = { ...maps, taken: new Set(this.#rebound) }));
    }
    return net;
  }

  value(context: Context, known: Known, at: At): Value {
    const { values, parameters } = this.#net(context);
    const made = values.get(known);
    if (made) return made;
    const { meaning, span } = known;
    let value: Value;
    if (meaning.kind === "parameter") {
      const path = this.#nameOf(context, known.name, known, known);
      context.ledger.claim(path, meaning.spec, span, at);
      const parameter = context.ledger.parameter(path)!;
      parameters.set(known, parameter);
      const node = context.ledger.node({ kind: "parameter", path }, [], [parameter.type], {
        call: siteNamed(path, span),
        frame: undefined,
      });
      value = tensorValue(node);
    } else {
      value = revive(meaning, known.name, (held, name) => this.#tensor(context, held, name, known));
    }
    values.set(known, value);
    return value;
  }

  #tensor(context: Context, held: Held, wanted: string, known: Known): TensorValue {
    const { tensors } = this.#net(context);
    const made = tensors.get(held);
    if (made) return made.value;
    const name = this.#nameOf(context, wanted, held, known);
    const site = { call: siteNamed(name, known.span), frame: undefined };
    const value = tensorValue(context.ledger.node({ kind: "input", name }, [], [held.type], site));
    context.ledger.name(value, name);
    context.ledger.given.push({ name, value: value.value });
    tensors.set(held, { name, value });
    return value;
  }

  scopeOf(context: Context, { binding }: ConstantDef): string {
    return this.#nameOf(context, binding.targets[0]!.text, binding, binding);
  }

  /** The name itself if it still means this object in the session; else the name with a number: `h_1`. */
  #nameOf(context: Context, wanted: string, of: object, identity: object): string {
    const { scopes, taken } = this.#net(context);
    const known = scopes.get(of);
    if (known !== undefined) return known;
    const isFree = (name: string): boolean => {
      const meant = this.#names.get(name);
      return !taken.has(name) && (meant === undefined || identityOf(meant) === identity);
    };
    let name = wanted;
    for (let i = 1; !isFree(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    scopes.set(of, name);
    return name;
  }

  /** The session's tensor that was made into this tensor of the net. */
  heldAt(context: Context, { value: { node } }: TensorValue): Held | undefined {
    return [...this.#net(context).tensors].find(([, tensor]) => tensor.value.value.node === node)?.[0];
  }

  knownAt(context: Context, path: string): Known | undefined {
    return [...this.#net(context).parameters].find(([, parameter]) => parameter.path === path)?.[0];
  }

  /** Notes a parameter that the line itself declares. */
  enter(context: Context, known: Known, parameter: Parameter): void {
    this.#net(context).parameters.set(known, parameter);
  }

  inputs(context: Context): ReadonlyMap<string, Held> {
    return new Map([...this.#net(context).tensors].map(([held, { name }]) => [name, held]));
  }

  /** The binding that made a bound layer. */
  ownerOf(context: Context, layer: PlacedLayer): Binding | undefined {
    return this.#slots(context).get(layer.at.slot);
  }

  /** The owner of each parameter that the session keeps; `bound` are the slots of layers that the line binds. */
  owners(
    context: Context,
    bound: ReadonlyMap<ParameterSlot, Binding>,
  ): ReadonlyMap<Parameter, ParameterOwner> {
    const { scopes, parameters } = this.#net(context);
    const slots = new Map([...bound, ...this.#slots(context)]);
    const owners = new Map<Parameter, ParameterOwner>();
    for (const [known, parameter] of parameters) owners.set(parameter, { owner: known, key: "" });
    for (const [slot, binding] of slots) {
      const scope = scopes.get(binding) ?? binding.targets[0]!.text;
      for (const parameter of own(slot, slots)) {
        const { path } = parameter;
        const key = path.startsWith(`${scope}.`) ? path.slice(scope.length + 1) : path;
        if (!owners.has(parameter)) owners.set(parameter, { owner: binding, key });
      }
    }
    return owners;
  }

  #slots(context: Context): ReadonlyMap<ParameterSlot, Binding> {
    const { scopes } = this.#net(context);
    const slots = new Map<ParameterSlot, Binding>();
    for (const [binding, value] of context.constants) {
      if (value === "busy" || value.kind !== "layer" || value.layer.kind !== "placed") continue;
      const { place, slot } = value.layer.at;
      // A second name of a bound layer has the place of that layer, not one under its own name, and is skipped.
      if (place.text === scopes.get(binding)) slots.set(slot, binding);
    }
    return slots;
  }
}

/** The parameters of a slot, without those of layers within it that are bound separately. */
function own(slot: ParameterSlot, others: ReadonlyMap<ParameterSlot, Binding>): Parameter[] {
  return slot.flatMap((one) => {
    if (!Array.isArray(one)) return [one];
    return others.has(one) ? [] : own(one, others);
  });
}
