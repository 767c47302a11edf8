/**
 * What is known of sizes decides how a net is cut into kernels, and must decide nothing else: a net compiled with its
 * sizes as numbers, as names and as a run gives the evaluator's numbers each time.
 */
import { drive } from "../../compiler/drive/driver.ts";
import { NnError } from "../../grammar/nn-error.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import type { Plan } from "../../compiler/ir/plan/plan.ts";
import { symbolsOf } from "../../compiler/ir/size/size.ts";
import { extent } from "../../compiler/ir/types.ts";
import type { Mode } from "../../compiler/layers/record.ts";
import { closureOf, evaluated, named, ran, reset, tensorsOf, type Computed, type Given } from "./agree.ts";
import { hard, KINDS } from "./hard.ts";
import { judge } from "./judge.ts";
import { randomOf, type Random } from "./random.ts";

interface Variant {
  readonly text: string;
  readonly graph: TensorGraph;
  readonly plan: Plan;
  readonly sizes: ReadonlyMap<string, number>;
}

const INPUT = /(input \w+: (?:f32|i32|bool))\[([\d, ]+)\]/g;

type Name = (number: number) => string;

/** How much may be said of the sizes of an input. */
const WAYS: readonly ((numbers: readonly number[], name: Name) => string[])[] = [
  (numbers) => numbers.map(String),
  (numbers, name) => numbers.map(name),
  (numbers, name) => ["...", ...numbers.slice(-1).map(name)],
  (numbers) => ["...", ...numbers.slice(-1).map(String)],
];

/** A net, in all the ways to know its sizes with which it compiles. */
function variantsOf(text: string, mode: Mode): Variant[] {
  const made = new Map<string, Variant>();
  for (const way of WAYS) {
    // A number is one size wherever it stands: the layers may want that. A 1 broadcasts, and stays.
    const sizes = new Map<string, number>();
    const name = (number: number): string => {
      if (number === 1) return "1";
      sizes.set(`S${number}`, number);
      return `S${number}`;
    };
    const variant = text.replace(INPUT, (_, head: string, list: string) => {
      const numbers = list.split(",").map(Number);
      sizes.set(
        "...",
        numbers.slice(0, -1).reduce((product, size) => product * size, 1),
      );
      return `${head}[${way(numbers, name).join(", ")}]`;
    });
    if (made.has(variant)) continue;
    try {
      let graph: TensorGraph | undefined;
      const onPass = (_: string, stage: { kind: string; graph?: unknown }): void => {
        if (stage.kind === "tensors") graph ??= stage.graph as TensorGraph;
      };
      const { plan } = drive(variant, { mode }, { verify: true, onPass });
      made.set(variant, { text: variant, graph: graph!, plan, sizes });
    } catch (error) {
      if (!(error instanceof NnError)) throw error;
    }
  }
  return [...made.values()];
}

export interface Compared {
  /** The first number that depends on what was known, in words. */
  readonly wrong: string | undefined;
  readonly variants: number;
}

export function compareCuts(text: string, mode: Mode = "eval"): Compared {
  const variants = variantsOf(text, mode);
  const models = new Map(variants.map((variant) => [variant, closureOf(variant.plan, givenOf(variant, () => 0).parameters)])); // prettier-ignore
  for (const [what, kind] of Object.entries(KINDS)) {
    let want: Computed | undefined;
    for (const [variant, model] of models) {
      const given = givenOf(variant, (at, random) => hard(kind, at, random));
      reset(model, given.parameters);
      want ??= evaluated(variant.graph, given);
      const { wrong } = judge(variant.graph, given, want, ran(model, variant.plan, given));
      if (wrong !== undefined)
        return { wrong: `${variant.text}\n${what}: ${wrong}`, variants: variants.length };
    }
  }
  return { wrong: undefined, variants: variants.length };
}

function givenOf({ plan, sizes }: Variant, value: (at: number, random: Random) => number): Given {
  const random = randomOf(5);
  const known = new Map(sizes);
  for (const { type } of [...plan.inputs, ...plan.outputs]) {
    const symbols = type.shape.flatMap((dim) => [...symbolsOf(extent(dim))]);
    for (const symbol of symbols) if (!known.has(symbol)) known.set(symbol, 2);
  }
  return {
    sizes: known,
    inputs: tensorsOf(plan.inputs, known, (port, at) =>
      plan.inputs[port]!.type.dtype === "f32" ? value(at, random) : Math.floor(random() * 2),
    ),
    parameters: tensorsOf(named(plan.parameters), known, (port) => {
      const { path, type } = plan.parameters[port]!;
      if (type.dtype !== "f32") return 3;
      return Math.fround(path.endsWith("var") ? 0.5 + random() : random() * 2 - 1);
    }),
  };
}
