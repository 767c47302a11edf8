/** What is added to a table is an error of the type checker in each place that must know it: it is tried in a copy. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The files in which the type checker finds errors once each text in a file is another. */
async function lacking(
  ...changes: readonly (readonly [file: string, from: string, to: string])[]
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "nnc-total-"));
  try {
    for (const name of ["grammar", "compiler", "runtime", "package.json", "tsconfig.json"])
      cpSync(root + name, join(folder, name), { recursive: true });
    symlinkSync(`${root}node_modules`, join(folder, "node_modules"));
    for (const [file, from, to] of changes) {
      const text = readFileSync(join(folder, file), "utf8");
      expect(text).toContain(from);
      writeFileSync(join(folder, file), text.replace(from, to));
    }
    const printed = await new Promise<string>((done) => {
      const tsc = join(folder, "node_modules/typescript/bin/tsc");
      execFile(process.execPath, [tsc, "--noEmit", "-p", folder], { cwd: folder }, (_, out) => done(out));
    });
    return [...new Set([...printed.matchAll(/^([\w/.-]+)\(/gm)].map(([, path]) => path!))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ofDtypes = [
  "compiler/cli/commands/compile.ts",
  "compiler/cli/made-inputs.ts",
  "compiler/emit/host/closure.ts",
  "compiler/emit/host/guard.ts",
  "compiler/emit/js/print-kernel.ts",
  "compiler/emit/host/loading.ts",
  "compiler/emit/host/reading.ts",
  "compiler/emit/host/support.ts",
  "compiler/drive/emitted.ts",
  "compiler/ir/dtype.ts",
  "compiler/ir/plan/interpret.ts",
  "compiler/ir/plan/plan.ts",
  "compiler/resolve/initials.ts",
  "compiler/drive/self-test.ts",
  "compiler/emit/wasm/kernel-code.ts",
  "compiler/emit/wasm/scalar-code.ts",
  "compiler/emit/wasm/vector-code.ts",
  "compiler/target/js.ts",
  "compiler/target/wasm.ts",
  "compiler/weights/state.ts",
];

const ofOps = [
  "compiler/ir/graph/builder.ts",
  "compiler/ir/graph/element-of.ts",
  "compiler/ir/graph/ops.ts",
  "compiler/ir/graph/print-graph.ts",
  "compiler/ir/graph/read-graph.ts",
  "compiler/ir/graph/verify-graph.ts",
  "compiler/passes/lower/range.ts",
  "compiler/passes/lower/value.ts",
];

// Both at once, since the type checker takes its time: no file must know of both.
test("a dtype more, and an op more", async () => {
  const files = await lacking(
    ["compiler/ir/dtype.ts", 'type Dtype = "f32" |', 'type Dtype = "f32" | "u8" |'],
    [
      "compiler/ir/graph/primitives.ts",
      "export type TensorOp =",
      'export type TensorOp =\n  | { readonly kind: "sort" }',
    ],
  );
  expect(files).toEqual([...ofDtypes, ...ofOps].sort());
});
