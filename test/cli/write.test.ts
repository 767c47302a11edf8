/** What is left where a command is stopped while it writes. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { writeFiles } from "../../compiler/cli/write.ts";
import { build, start } from "./process.ts";
import { files, folder, text } from "./support.ts";

beforeAll(build);

/** A module that is loaded before the program: a file that was written says so, and is then not done with. */
const held = `data:text/javascript,${encodeURIComponent(`
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const { writeFile } = fs.promises;
  fs.promises.writeFile = async (...args) => {
    await writeFile(...args);
    process._rawDebug("written " + args[0]);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  };
  syncBuiltinESMExports();
`)}`;

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s leaves the old file and nothing temporary, and ends the process",
  async (signal) => {
    folder({ "n.nn": "Linear(2, 3)\n", "n.d.ts": "old", "n.js": "old" });
    const { child, ended, err } = start(["compile", "n.nn", "-o", "n.js"], ["--import", held]);
    const [, temporary] = /written (.*)\n/.exec(await err(/written .*\n/))!;
    // It is there, whole, beside the old one.
    expect(readFileSync(temporary!, "utf8")).toContain("export default model;");
    expect(files()).toHaveLength(4);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: null, signal, out: "" });
    expect(files()).toEqual(["n.d.ts", "n.js", "n.nn"]);
    expect([text("n.d.ts"), text("n.js")]).toEqual(["old", "old"]);
  },
);

test("a command that has ended takes signals as before", async () => {
  folder({ "a.nn": "x->ReLU", "b.nn": "x->ReLU" });
  const before = process.listenerCount("SIGINT");
  await writeFiles([["c.txt", "c"]]);
  await expect(writeFiles([["nowhere/c.txt", "c"]])).rejects.toThrow("cannot write nowhere/c.txt");
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
