/** What is left where a command is stopped while it writes. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { writeFiles } from "../../compiler/cli/write.ts";
import { build, root, start } from "./process.ts";
import { files, folder, text } from "./support.ts";

beforeAll(build);

const wayOut = { other: "choose another name" };

describe("the writer is stopped at each of its calls of the file system", () => {
  interface State {
    readonly n: number;
    /** Absent where it did not fail. */
    readonly message?: string;
    readonly left: Readonly<Record<string, string>>;
    readonly temporary: readonly string[];
    readonly ended: readonly string[];
  }

  const names = ["n.safetensors", "n.d.ts", "n.js"];

  function run(...how: readonly string[]): { states: State[]; signal: string | null; path: string } {
    const path = folder();
    const writer = pathToFileURL(join(root, "dist/compiler/cli/write.js")).href;
    const script = join(root, "test/fixtures/cli/stopped-writer.mjs");
    const { stdout, stderr, signal } = spawnSync(process.execPath, [script, writer, path, ...how], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    return { states: stdout === "" ? [] : (JSON.parse(stdout) as State[]), signal, path };
  }

  /** Of each file whether it is new; that it is whole is seen to. */
  function newOf(left: Readonly<Record<string, string>>): boolean[] {
    return names.map((name) => {
      expect([`old ${name}`, `new ${name}`]).toContain(left[name]);
      return left[name] === `new ${name}`;
    });
  }

  /** Weights are new first, the module last. */
  function expectInOrder(left: Readonly<Record<string, string>>): void {
    const fresh = newOf(left);
    expect(fresh).toEqual(fresh.toSorted((a, b) => Number(b) - Number(a)));
  }

  test("and ends there", () => {
    const { states } = run("dies");
    expect(states.length).toBeGreaterThan(30);
    for (const { left, ended, temporary } of states) {
      expectInOrder(left);
      expect(temporary.every((name) => /^\.nnc-[0-9a-f]{8}-[0-9a-f]{16}\.(tmp|old)$/.test(name))).toBe(true);
      expect(ended).toEqual(names.map((name) => `new ${name}`));
    }
    // Each state between all old and all new occurs.
    expect(new Set(states.map(({ left }) => newOf(left).filter(Boolean).length))).toEqual(
      new Set([0, 1, 2, 3]),
    );
  });

  test.each([
    ["EPERM", "permission denied"],
    ["ENOSPC", "the disk is full"],
  ])("and this call fails: %s", (code, reason) => {
    const { states } = run(code);
    for (const { message, left, temporary } of states) {
      const fresh = newOf(left);
      if (message === undefined) expect(fresh).toEqual([true, true, true]);
      else {
        expect(fresh).toEqual([false, false, false]);
        expect(message).toMatch(new RegExp(`^cannot write .*/n\\.\\w+(\\.ts)?: .*${reason}`));
      }
      // Of a call that was to clean up, the work is left to the next run.
      if (message !== undefined) expect(temporary.length).toBeLessThanOrEqual(1);
    }
    expect(states.filter(({ message }) => message !== undefined).length).toBeGreaterThan(20);
    expect(states.at(-1)).toMatchObject({ temporary: [], ended: names.map((name) => `new ${name}`) });
  });

  test.each([2, 20, 36])("by SIGKILL at the call %i", (n) => {
    const { signal, path } = run("SIGKILL", String(n));
    expect(signal).toBe("SIGKILL");
    expectInOrder(Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), "utf8")])));
  });
});

test("what a killed run has left stays while that run could still write, and holds nobody up", async () => {
  const name = `.nnc-${createHash("sha256").update("a.txt").digest("hex").slice(0, 8)}-0123456789abcdef.tmp`;
  folder({ "a.txt": "old", [name]: "half" });
  await writeFiles([{ path: "a.txt", content: "new", replaces: "old" }], { wayOut });
  expect(files()).toEqual([name, "a.txt"]);
  const longAgo = new Date(Date.now() - 11 * 60 * 1000);
  utimesSync(name, longAgo, longAgo);
  await writeFiles([{ path: "a.txt", content: "newer", replaces: "new" }], { wayOut });
  expect(files()).toEqual(["a.txt"]);
});

/** A module that is loaded before the program: a file that was written says so, and is then not done with. */
const held = `data:text/javascript,${encodeURIComponent(`
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  fs.fsync = (fd) => {
    process._rawDebug("written " + fs.readlinkSync("/proc/self/fd/" + fd));
    setTimeout(() => {}, 60_000);
  };
  syncBuiltinESMExports();
`)}`;

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s leaves the old file and nothing temporary, and ends the process",
  async (signal) => {
    folder({ "n.nn": "Linear(2, 3)\n", "n.d.ts": `// nnc 0.1.0: n.nn, sha256 01234567\n`, "n.js": "old" });
    const { child, ended, err } = start(["compile", "n.nn", "-o", "n.js", "--force"], ["--import", held]);
    const [, temporary] = /written (.*)\n/.exec(await err(/written .*\n/))!;
    // It is there, whole, beside the old one.
    expect(readFileSync(temporary!, "utf8")).toContain("export default model;");
    expect(files()).toHaveLength(4);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: null, signal, out: "" });
    expect(files()).toEqual(["n.d.ts", "n.js", "n.nn"]);
    expect([text("n.d.ts"), text("n.js")]).toEqual([`// nnc 0.1.0: n.nn, sha256 01234567\n`, "old"]);
  },
);

test("a command that has ended takes signals as before", async () => {
  folder({ "a.nn": "x->ReLU", "b.nn": "x->ReLU" });
  const before = process.listenerCount("SIGINT");
  await writeFiles([{ path: "c.txt", content: "c" }], { wayOut });
  const lost = writeFiles([{ path: "nowhere/c.txt", content: "c" }], { wayOut });
  await expect(lost).rejects.toThrow("cannot write nowhere/c.txt: there is no folder nowhere");
  expect(process.listenerCount("SIGINT")).toBe(before);
  expect(files()).toEqual(["a.nn", "b.nn", "c.txt"]);
});

test("fmt writes so, too", async () => {
  folder({ "a.nn": "x->ReLU" });
  const { child, ended, err } = start(["fmt", "a.nn"], ["--import", held]);
  await err(/written .*\n/);
  child.kill("SIGTERM");
  expect((await ended).signal).toBe("SIGTERM");
  expect(files()).toEqual(["a.nn"]);
  expect(text("a.nn")).toBe("x->ReLU");
});
