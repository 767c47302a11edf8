/** Where imports and weights are read from. */

/**
 * Text of `.nn` files, bytes of all others. Throws where there is no such file. An import of node:fs would keep
 * browsers from loading this, and bundlers from bundling it: the file system is asked for when it is needed.
 */
export function readFile(path: string): string | Uint8Array {
  const fs = (globalThis as Partial<typeof globalThis>).process?.getBuiltinModule?.("node:fs");
  if (!fs)
    throw new Error("there is no file system here; the option `read` takes a function that reads files");
  const bytes = fs.readFileSync(path);
  return path.endsWith(".nn") ? textOf(bytes) : bytes;
}

/**
 * Bytes as the text that they are in UTF-8, without its byte order mark. Throws an Error that says what they are
 * instead: characters that were guessed at would be lost where the text is written back.
 */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isWide || (second === 0 && bytes[3] === 0)) throw new Error("it is UTF-16: save it as UTF-8");
  if (bytes.subarray(0, 8000).includes(0)) throw new Error("it is a binary file, not a text");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8: save it as UTF-8");
  }
}

/** A reader whose answers are texts, as imports want them. */
export function textReader(read: (path: string) => string | Uint8Array): (path: string) => string {
  return (path) => {
    const content = read(path);
    return typeof content === "string" ? content : textOf(content);
  };
}
