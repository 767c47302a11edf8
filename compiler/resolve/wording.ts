/** Phrases that several messages use. */
import { didYouMean } from "../../grammar/diagnostics.ts";
import { insteadOf } from "../../grammar/foreign.ts";
import { insteadOfModule, isLoss, nameHere } from "../layers/elsewhere.ts";

export function quotedList(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => `\`${name}\``);
  if (names.length > shown.length) shown.push("…");
  return shown.join(", ");
}

export function countOf(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The suggestion "did you mean …", or else a list of the names that exist. */
export function meant(name: string, candidates: readonly string[], otherwise?: string): string | undefined {
  const near = didYouMean(name, candidates);
  return near === undefined ? otherwise : `did you mean \`${near}\`?`;
}

/** A hint for a name of Python or PyTorch that has another name in the language. */
export function elsewhere(name: string, candidates: readonly string[]): string | undefined {
  if (/^tensor$/i.test(name)) return "a list is a tensor: `[1, 2]`";
  if (/^(F|torch|nn|np|tf)$/.test(name))
    return "layers stand here without the library before them: `x -> Layer(…)`";
  if (name === "OrderedDict") return "labels stand before their layers: `x -> fc: Linear(3, 4) -> act: ReLU`";
  const here = nameHere(name, candidates);
  if (here !== undefined) return `did you mean \`${here}\`?`;
  const instead = insteadOfModule(name);
  if (instead !== undefined) return instead;
  if (isLoss(name))
    return "`nnc layers` lists the losses of torch.nn; others are written out, as in `(x - y) -> Square -> Mean`";
  return insteadOf(name);
}
