import { readFileSync } from "node:fs";

/** Text of `.nn` files, bytes of all others. Throws where there is no such file. */
export function readFile(path: string): string | Uint8Array {
  return path.endsWith(".nn") ? readFileSync(path, "utf8") : readFileSync(path);
}

/** A reader whose answers are texts, as imports want them. */
export function textReader(read: (path: string) => string | Uint8Array): (path: string) => string {
  return (path) => {
    const content = read(path);
    return typeof content === "string" ? content : new TextDecoder().decode(content);
  };
}
