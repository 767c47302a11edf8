import { readFileSync } from "node:fs";

/** Text of `.nn` files, bytes of all others. Throws where there is no such file. */
export function readFile(path: string): string | Uint8Array {
  return path.endsWith(".nn") ? readFileSync(path, "utf8") : readFileSync(path);
}
