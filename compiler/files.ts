/** Where imports and weights are read from. */

/**
 * Text of `.nn` files, bytes of all others. Throws where there is no such file. An import of node:fs would keep
 * browsers from loading this, and bundlers from bundling it: the file system is asked for when it is needed.
 */
export function readFile(path: string): string | Uint8Array {
  const fs = (globalThis as Partial<typeof globalThis>).process?.getBuiltinModule?.("node:fs");
  if (!fs)
    throw new Error("there is no file system here; the option `read` takes a function that reads files");
  return path.endsWith(".nn") ? fs.readFileSync(path, "utf8") : fs.readFileSync(path);
}

/** A reader whose answers are texts, as imports want them. */
export function textReader(read: (path: string) => string | Uint8Array): (path: string) => string {
  return (path) => {
    const content = read(path);
    return typeof content === "string" ? content : new TextDecoder().decode(content);
  };
}
