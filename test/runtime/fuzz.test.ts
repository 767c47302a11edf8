/** A small round of scripts/fuzz-formats.mjs; fixtures/runtime/README.md has the result of a large one. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

function node(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  expect(stderr.replace(/^(installing dependencies|building) …\n/gm, "")).toBe("");
  expect(status).toBe(0);
  return stdout;
}

test("mutated files give tensors or errors of ours", () => {
  node("scripts/setup.mjs");
  const counts = node("scripts/fuzz-formats.mjs", "20000", "1");
  // Every check is reached.
  const kinds = [...counts.matchAll(/^ +\d+ {2}(\w+)$/gm)].map(([, kind]) => kind!);
  expect(kinds.sort()).toEqual([
    "HeaderTooLarge",
    "HeaderTooSmall",
    "InvalidHeader",
    "InvalidHeader",
    "InvalidHeaderDeserialization",
    "InvalidHeaderLength",
    "InvalidOffset",
    "InvalidShape",
    "MetadataIncompleteBuffer",
    "MisalignedSlice",
    "NotNpy",
    "TensorInvalidInfo",
    "UnknownVersion",
    "UnsupportedDtype",
    "UnsupportedDtype",
    "ValidationOverflow",
    "WrongLength",
    "tensors",
    "tensors",
  ]);
});

test("says how it is used", () => {
  for (const args of [["many"], ["0"], ["5", "x"]]) {
    const { status, stderr } = spawnSync(process.execPath, ["scripts/fuzz-formats.mjs", ...args], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/^usage: /) as string });
  }
});
