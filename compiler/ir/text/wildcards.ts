/** Patterns of names, in which `*` matches any number of any characters, dots included. */

/**
 * The text that each `*` matches; undefined if the pattern does not match. Earlier stars match as little as
 * possible.
 */
export function captures(pattern: string, name: string): readonly string[] | undefined {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern ? [] : undefined;
  if (!name.startsWith(first)) return undefined;
  const found: string[] = [];
  let at = first.length;
  for (const piece of rest) {
    const next = name.indexOf(piece, at);
    if (next < 0) return undefined;
    found.push(name.slice(at, next));
    at = next + piece.length;
  }
  if (at > name.length - last.length || !name.endsWith(last)) return undefined;
  found.push(name.slice(at, name.length - last.length));
  return found;
}

/** Whether one of the patterns matches. */
export function fitsOne(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => captures(pattern, name) !== undefined);
}
