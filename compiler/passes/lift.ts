/**
 * Takes long integer expressions out of kernels: the caller computes the parts that loops do not change, once, and passes
 * them as arguments. A size that many kernels use is then computed once for all of them.
 */
import { FreshNames } from "../ir/text/identifiers.ts";
import { freeSymbols, rebuildStatement, walk, type Call, type Kernel, type Plan } from "../ir/plan/plan.ts";
import {
  add,
  isLong,
  key,
  linearIn,
  mapOperands,
  mul,
  symbol,
  symbolsOf,
  type Size,
} from "../ir/size/size.ts";
import type { Pass } from "./pass.ts";

export const lift: Pass<Plan, Plan> = {
  name: "lift",
  order: [
    { before: "schedule", because: "a long bound would stand in the text of each round" },
    { before: "hoist", because: "long expressions would get names inside of each kernel" },
  ],
  run(plan) {
    const lifted = new Map<Kernel, Lifted>();
    const visit = (call: Call): Call => {
      let known = lifted.get(call.kernel);
      if (!known) lifted.set(call.kernel, (known = new Lifting(call.kernel).run()));
      const { kernel, from } = known;
      // A call gives the kernel's sizes under their own names.
      return kernel === call.kernel ? call : { ...call, kernel, sizes: from };
    };
    return { ...plan, prepare: plan.prepare.map(visit), run: plan.run.map(visit) };
  },
};

interface Lifted {
  readonly kernel: Kernel;
  /** The values of the kernel's sizes, in terms of the plan's sizes. */
  readonly from: readonly Size[];
}

class Lifting {
  readonly #kernel: Kernel;
  /** Names that mean something only inside of the kernel. */
  readonly #inner = new Set<string>();
  readonly #names: FreshNames;
  readonly #made = new Map<string, { readonly name: string; readonly size: Size }>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    for (const statement of walk(kernel.body)) {
      if (statement.kind === "loop") this.#inner.add(statement.index);
      else if (statement.kind === "let" || statement.kind === "accumulator") this.#inner.add(statement.name);
    }
    const buffers = kernel.buffers.map((buffer) => buffer.name);
    this.#names = new FreshNames([...buffers, ...kernel.sizes, ...this.#inner]);
  }

  run(): Lifted {
    const kernel = this.#kernel;
    const change = { size: (size: Size): Size => this.#short(size) };
    const body = kernel.body.map((statement) => rebuildStatement(kernel.pool, statement, change));
    if (this.#made.size === 0) return { kernel, from: [] };
    const made = new Map([...this.#made.values()].map(({ name, size }) => [name, size]));
    const sizes = freeSymbols(body);
    return { kernel: { ...kernel, body, sizes }, from: sizes.map((name) => made.get(name) ?? symbol(name)) };
  }

  #short(size: Size): Size {
    if (!isLong(size)) return size;
    const inner = [...symbolsOf(size)].filter((name) => this.#inner.has(name));
    let rest = size;
    let varying: Size = 0;
    for (const name of inner) {
      const linear = linearIn(rest, name);
      if (!linear) return mapOperands(size, (part) => this.#short(part));
      varying = add(varying, mul(symbol(name), this.#short(linear.coefficient)));
      rest = linear.rest;
    }
    return add(varying, this.#argument(rest));
  }

  /** The argument that a size becomes in which no inner name is, unless it is short. */
  #argument(size: Size): Size {
    if (!isLong(size)) return size;
    let known = this.#made.get(key(size));
    if (!known) this.#made.set(key(size), (known = { name: this.#names.fresh("size"), size }));
    return symbol(known.name);
  }
}
