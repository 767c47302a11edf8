/** The progress line: what it is told, when it shows, and that it goes. */
import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { ProgressLine } from "../../compiler/cli/progress.ts";
import { passNames } from "../../compiler/pipeline/pipeline.ts";
import { build, program } from "./process.ts";
import { folder, nnc } from "./support.ts";

describe("the line", () => {
  function line(): { line: ProgressLine; written: () => string } {
    let text = "";
    const made = new ProgressLine(undefined, (more) => void (text += more));
    const written = (): string => {
      const all = text.replaceAll("\r\u001B[K", "|");
      text = "";
      return all;
    };
    return { line: made, written };
  }

  test("shows after a second, counts on, and goes", () => {
    const { line: shown, written } = line();
    shown.step("a.nn: fuse", 1000);
    shown.draw(1999);
    expect(written()).toBe("");
    shown.draw(2000);
    expect(written()).toBe("|a.nn: fuse … 1 s\r");
    // The time is that of the whole command.
    shown.step("a.nn: lower", 3500);
    expect(written()).toBe("|a.nn: lower … 2 s\r");
    shown.step(undefined);
    expect(written()).toBe("|");
    shown.draw(9000);
    shown.step(undefined);
    expect(written()).toBe("");
  });

  test("makes room for output, and comes back", () => {
    const { line: shown, written } = line();
    shown.step("run", 0.5);
    shown.clear();
    expect(written()).toBe("");
    shown.draw(1001);
    shown.clear();
    shown.clear();
    shown.draw(2001);
    expect(written()).toBe("|run … 1 s\r||run … 2 s\r");
  });

  test("work that follows is counted anew", () => {
    const { line: shown, written } = line();
    shown.step("first", 1);
    shown.step(undefined);
    shown.step("second", 5000);
    shown.draw(5999);
    expect(written()).toBe("");
  });

  test("names of any length and letters", () => {
    const { line: shown, written } = line();
    shown.step(`${"é".repeat(200)}`, 1);
    shown.draw(1001);
    expect(written()).toBe(`|${"é".repeat(128)} … 1 s\r`);
  });

  test("two lines of one memory are one", () => {
    const { line: shown, written } = line();
    new ProgressLine(shown.memory).step("elsewhere", 1);
    shown.draw(1001);
    expect(written()).toBe("|elsewhere … 1 s\r");
  });
});

async function steps(argv: readonly string[], stdin = ""): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  await nnc(argv, stdin, { step: (what) => void told.push(what) });
  return told;
}

test("commands tell what they do, and when all is done", async () => {
  folder({ "n.nn": "Linear(2, 3)\n", "x.json": "[1, 2]" });
  const compiling = [
    "reading n.nn",
    "n.nn: resolve",
    "n.nn: weights",
    ...passNames.slice(1).map((name) => `n.nn: ${name}`),
  ];
  expect(await steps(["run", "n.nn", "--input", "x.json"])).toEqual([
    ...compiling,
    "n.nn: prepare",
    "reading x.json",
    "n.nn: run",
    undefined,
  ]);
  expect(await steps(["compile", "n.nn", "-o", "n.js"])).toEqual([
    ...compiling,
    "n.nn: emit",
    "writing n.js",
    undefined,
  ]);
  expect(await steps(["check", "n.nn"])).toEqual(["reading n.nn", "checking n.nn", undefined]);
  for (const command of ["info", "explain"]) expect(await steps([command, "n.nn"])).toContain("n.nn: fuse");
  expect(await steps(["print", "n.nn", "--each"])).toContain("n.nn: fuse");
  // An error is no reason to stay.
  expect((await steps(["run", "nowhere.nn"])).at(-1)).toBeUndefined();
});

test("--json tells nothing", async () => {
  folder({ "n.nn": "Linear(2, 3)\n", "x.json": "[1, 2]" });
  for (const argv of [["run", "--input", "x.json"], ["check"], ["info"]])
    expect(await steps([...argv, "n.nn", "--json"])).toEqual([]);
});

describe("the real process", () => {
  beforeAll(build);

  /** A terminal for a command, where the system has util-linux' `script`. */
  const hasScript =
    spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

  // Some seconds of a computation that is one call.
  const long = "model M { input x: f32[]; m = x + Zeros(1500, 1500); output y = m @ m -> Sum }\n";

  test.runIf(hasScript)("on a terminal the line shows while a run goes on, and goes", () => {
    folder({ "long.nn": long, "x.json": "1" });
    const command = `"${process.execPath}" "${program}" run long.nn --input x.json --target js`;
    const { stdout } = spawnSync("script", ["-qec", `stty cols 100; ${command}`, "/dev/null"], {
      encoding: "utf8",
      input: "",
    });
    const drawn = stdout.split("\r\u001B[K");
    expect(drawn).toContain("long.nn: run … 1 s\r");
    // The last that is drawn is nothing, and the result comes after it.
    expect(drawn.at(-1)).toBe("tensor(3.3750e+09)\r\n");
  });

  test("in a pipe it never shows", () => {
    folder({ "long.nn": long, "x.json": "1" });
    const { stdout, stderr } = spawnSync(process.execPath, [program, "run", "long.nn", "--input", "x.json"], {
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: "tensor(3.3750e+09)\n", stderr: "" });
  });
});
