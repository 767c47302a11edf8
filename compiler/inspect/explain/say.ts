/** Sentences about layers. Each layer is named by its weight path and its place in the source. */
import { visible } from "../../../runtime/visible.ts";
import type { Layer } from "../layers.ts";
import { listText, groupedNumber } from "../text.ts";

type Part = string | number | Layer | readonly Layer[] | Naming | Sentence;

/** A name in a sentence that may differ from round to round, as weight paths do. */
interface Naming {
  readonly named: string;
}

export interface Sentence {
  readonly parts: readonly Part[];
}

/** A list of layers is cut to this many. */
const MAX_LISTED_LAYERS = 6;

/** Makes a sentence from a template: `say`${layers} are one kernel.``. A list of layers becomes "a, b and c". */
export function say(texts: TemplateStringsArray, ...parts: readonly Part[]): Sentence {
  return { parts: texts.flatMap((text, i) => (i < parts.length ? [text, parts[i]!] : [text])) };
}

/** The sentences one after the other, with commas between them. */
export function joined(sentences: readonly Sentence[]): Sentence {
  return { parts: sentences.flatMap((sentence, i) => (i === 0 ? [sentence] : [", ", sentence])) };
}

/**
 * The texts of one section. If several sentences differ only in weight paths (as for rounds, or calls of one
 * block), the first is given with the number of the others. The place of a layer is added where it is first
 * mentioned.
 */
export function told(sentences: readonly Sentence[]): string[] {
  const alike = new Map<string, Set<string>>();
  const firsts = sentences.filter((sentence) => {
    const likeness = new Telling("place").tell(sentence);
    const known = alike.get(likeness);
    alike.set(likeness, (known ?? new Set()).add(new Telling("path").tell(sentence)));
    return !known;
  });
  const telling = new Telling("both");
  return firsts.map((sentence) => {
    const more = alike.get(new Telling("place").tell(sentence))!.size - 1;
    return visible(telling.tell(sentence)) + (more > 0 ? ` And ${groupedNumber(more)} more like it.` : "");
  });
}

class Telling {
  readonly #by: "path" | "place" | "both";
  readonly #mentioned = new Set<Layer>();

  constructor(by: "path" | "place" | "both") {
    this.#by = by;
  }

  tell({ parts }: Sentence): string {
    return parts.map((part) => this.#part(part)).join("");
  }

  #part(part: Part): string {
    if (typeof part !== "object") return String(part);
    if ("parts" in part) return this.tell(part);
    if ("node" in part) return this.#mention(part);
    if ("named" in part) return this.#by === "place" ? "" : part.named;
    const more =
      part.length > MAX_LISTED_LAYERS ? [`${groupedNumber(part.length - MAX_LISTED_LAYERS)} more`] : [];
    return listText([...part.slice(0, MAX_LISTED_LAYERS).map((layer) => this.#mention(layer)), ...more]);
  }

  #mention(layer: Layer): string {
    const { op, path } = layer.node;
    const name = op.kind === "layer" ? op.record.name : layer.text;
    const isKnown = this.#mentioned.has(layer) || this.#by === "path";
    this.#mentioned.add(layer);
    if (this.#by === "place") return `${name} (${layer.place})`;
    // A layer without a path has a unique name already.
    if (op.kind === "layer" && !path) return isKnown ? layer.name : `${layer.name} (${layer.place})`;
    return isKnown ? `${name} (${layer.name})` : `${name} (${layer.name}, ${layer.place})`;
  }
}

/** "is" for one thing, "are" for several. */
export function be(things: readonly unknown[]): string {
  return things.length === 1 ? "is" : "are";
}

/** The verb for one thing ("reads") or for several ("read"). */
export function verb(things: readonly unknown[], plural: string): string {
  return things.length === 1 ? `${plural}s` : plural;
}
