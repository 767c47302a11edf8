/** The names that other libraries give to parameters, and which modules of a net correspond to theirs. */
import { sizeOf } from "../../runtime/tensor.ts";
import { append } from "../ir/util/multimap.ts";
import type { NamedShape } from "./state.ts";

/** Each row has the names of one role; PyTorch's name comes first. */
const roles: readonly (readonly string[])[] = [
  [
    "weight",
    "kernel",
    "gamma",
    "scale",
    "embeddings",
    "embedding",
    "embedding_table",
    "table",
    "alpha",
    "slope",
    "w",
    "W",
  ],
  ["bias", "beta", "offset", "b", "B"],
  ["running_mean", "moving_mean", "moving_avg", "mean"],
  ["running_var", "moving_variance", "moving_var", "variance", "var"],
];

const roleByName: ReadonlyMap<string, string> = new Map(
  roles.flatMap((names) => names.map((name) => [name, names[0]!] as const)),
);

export interface Leaf {
  /** The part of the name before the leaf, with the separator at its end. */
  readonly parent: string;
  readonly leaf: string;
  /** The name that PyTorch gives to the role. */
  readonly role: string;
}

/** Splits a name into its parent and its leaf. Keras writes names such as `dense_1/kernel:0`. */
export function leafOf(name: string): Leaf {
  const at = Math.max(name.lastIndexOf("."), name.lastIndexOf("/")) + 1;
  const leaf = name.slice(at);
  const bare = leaf.replace(/:0$/, "");
  return { parent: name.slice(0, at), leaf, role: roleByName.get(bare) ?? bare };
}

/**
 * Whether it is a matrix that other libraries store with a row for each input; PyTorch has a row for each output.
 */
export function isKernel({ name, shape }: NamedShape): boolean {
  return shape.length === 2 && /(^|[./])(kernel|w)(:0)?$/.test(name);
}

interface Module {
  readonly parent: string;
  readonly leaves: readonly (Leaf & NamedShape)[];
}

/**
 * Pairs modules whose parameters have the same roles and shapes, if there is only one way to do so: one module on
 * each side, or equally many whose names differ only in numbers. The result pairs names of `theirs` with names of
 * `ours`.
 */
export function pairModules(
  theirs: readonly NamedShape[],
  ours: readonly NamedShape[],
): (readonly [string, string])[] {
  const [given, wanted] = [bySignature(theirs), bySignature(ours)];
  return [...wanted].flatMap(([signature, modules]) => {
    const others = (given.get(signature) ?? []).toSorted((a, b) => byNumber.compare(a.parent, b.parent));
    if (others.length !== modules.length) return [];
    if (new Set(others.map(({ parent }) => parent.replaceAll(/_?\d+/g, ""))).size > 1) return [];
    return modules.flatMap((module, i) => pairLeaves(others[i]!, module));
  });
}

const byNumber = new Intl.Collator("en", { numeric: true });

function pairLeaves(theirs: Module, ours: Module): (readonly [string, string])[] {
  return ours.leaves.map(({ role, name }) => [theirs.leaves.find((leaf) => leaf.role === role)!.name, name]);
}

function bySignature(names: readonly NamedShape[]): Map<string, Module[]> {
  const modules = new Map<string, (Leaf & NamedShape)[]>();
  for (const one of names) {
    const leaf = leafOf(one.name);
    if (leaf.role !== "num_batches_tracked") append(modules, leaf.parent, { ...leaf, ...one });
  }
  const found = new Map<string, Module[]>();
  for (const [parent, leaves] of modules) {
    const signature = leaves.map(({ role, shape }) => `${role} ${shape.join()}`).sort();
    if (new Set(leaves.map(({ role }) => role)).size === leaves.length)
      append(found, signature.join("; "), { parent, leaves });
  }
  return found;
}

/** The number of elements of all tensors together. */
export function elementsOf(names: readonly NamedShape[]): number {
  return names.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
