/** Runs the program in this process, on files in a folder of the test's own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Io } from "../../compiler/cli/io.ts";
import { main } from "../../compiler/cli/program.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function nnc(
  argv: readonly string[],
  stdin: string | Uint8Array = "",
  io: Partial<Io> = {},
): Promise<Ran> {
  let [out, err] = ["", ""];
  const code = await main(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    stdin: () => Promise.resolve(typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin),
    ...io,
  });
  return { code, out, err };
}

/** A folder with these files, the working directory until the test is over. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "nnc-"));
  const before = process.cwd();
  process.chdir(path);
  onTestFinished(() => {
    process.chdir(before);
    rmSync(path, { recursive: true, force: true });
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

/** Files here, sorted; what is temporary would show. */
export function files(): string[] {
  return readdirSync(".").sort();
}

export function text(path: string): string {
  return readFileSync(path, "utf8");
}
