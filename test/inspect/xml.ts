/** As much of XML 1.0 as drawings use: enough to tell whether a text is well-formed, and what it says. */

export interface Element {
  readonly name: string;
  /** Of itself and all inside, entities replaced. */
  text: string;
  readonly children: Element[];
}

const TOKEN =
  /<\?[^?]*\?>|<!DOCTYPE[^>[]*>|<!--(?:(?!--)[^])*-->|<\/([\w:]+)\s*>|<([\w:]+)((?:\s+[\w:-]+="[^<"]*")*)\s*(\/?)>|([^<]+)/y;
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([\da-fA-F]+));/g;
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The root of a document. Throws where it is not well-formed. */
export function parseXml(text: string): Element {
  const document: Element = { name: "", text: "", children: [] };
  const open = [document];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`not well-formed at ${JSON.stringify(text.slice(at, at + 40))}`);
    const [, closed, opened, attributes, isEmpty, content] = match;
    if (attributes !== undefined) decoded(attributes);
    if (closed !== undefined && open.pop()!.name !== closed) throw new Error(`</${closed}> closes nothing`);
    if (opened !== undefined) {
      const element: Element = { name: opened, text: "", children: [] };
      open.at(-1)!.children.push(element);
      if (isEmpty === "") open.push(element);
    }
    if (content !== undefined) for (const element of open) element.text += decoded(content);
  }
  const [root, ...others] = document.children;
  if (
    open.length !== 1 ||
    !root ||
    others.length > 0 ||
    document.children[0]!.text.length > document.text.length
  )
    throw new Error("not one element");
  return root;
}

function decoded(text: string): string {
  if (/&|\p{Cc}/u.test(text.replaceAll(ENTITY, "").replaceAll(/[\t\n\r]/g, "")))
    throw new Error(`not text: ${text}`);
  return text.replaceAll(ENTITY, (_, name: string | undefined, decimal: string | undefined, hex: string) =>
    name === undefined
      ? String.fromCodePoint(decimal === undefined ? parseInt(hex, 16) : Number(decimal))
      : named[name]!,
  );
}

/** Every element of a name, in the order of the document. */
export function elementsOf(root: Element, name: string): Element[] {
  return [
    ...(root.name === name ? [root] : []),
    ...root.children.flatMap((child) => elementsOf(child, name)),
  ];
}
