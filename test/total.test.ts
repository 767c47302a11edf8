/** What is added to a table is an error of the type checker in each place that must know it: it is tried in a copy. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The files that lack something, and how often each does, once `from` is `to` in a file. */
async function lacking(file: string, from: string, to: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "nnc-total-"));
  try {
    for (const name of ["grammar", "compiler", "runtime", "package.json", "tsconfig.json"])
      cpSync(root + name, join(folder, name), { recursive: true });
    symlinkSync(`${root}node_modules`, join(folder, "node_modules"));
    const text = readFileSync(join(folder, file), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(folder, file), text.replace(from, to));
    const printed = await new Promise<string>((done) => {
      const tsc = join(folder, "node_modules/typescript/bin/tsc");
      execFile(process.execPath, [tsc, "--noEmit", "-p", folder], { cwd: folder }, (_, out) => done(out));
    });
    return [...new Set([...printed.matchAll(/^([\w/.-]+)\(/gm)].map(([, path]) => path!))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.concurrent(
  "a dtype more",
  async () => {
    const files = await lacking(
      "compiler/ir/dtype.ts",
      'type Dtype = "f32" |',
      'type Dtype = "f32" | "i8" |',
    );
    expect(files).toEqual([
      "compiler/cli/compile.ts",
      "compiler/cli/made-inputs.ts",
      "compiler/emit/guard.ts",
      "compiler/emit/js.ts",
      "compiler/emit/loading.ts",
      "compiler/emit/reading.ts",
      "compiler/emit/support.ts",
      "compiler/emitted.ts",
      "compiler/ir/dtype.ts",
      "compiler/ir/interpret.ts",
      "compiler/resolve/initials.ts",
      "compiler/self-test.ts",
      "compiler/weights.ts",
    ]);
  },
  60_000,
);
