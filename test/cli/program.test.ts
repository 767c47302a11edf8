/** The program as a whole: help, usage, and the real process. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { main } from "../../compiler/cli/program.ts";
import { version } from "../../compiler/version.ts";
import { nnc } from "./support.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/setup.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
});

function real(...args: string[]): { code: number | null; out: string; err: string } {
  const cli = ["dist/compiler/cli/main.js", ...args];
  const ran = spawnSync(process.execPath, cli, { cwd: root, encoding: "utf8", input: "[1, -1]" });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

test("--version is package.json's", async () => {
  const { version: packaged } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    version: string;
  };
  expect(version).toBe(packaged);
  expect(await nnc(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
});

test("help: every command has examples", async () => {
  const { code, out } = await nnc(["--help"]);
  expect(code).toBe(0);
  for (const command of ["run", "check", "fmt", "compile", "print", "info", "explain", "graph", "diff"]) {
    expect(out).toContain(`  ${command} [options]`);
    const help = await nnc(["help", command]);
    expect(help).toEqual(await nnc([command, "--help"]));
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toContain(`Examples:\n  nnc ${command} `);
  }
});

test.each([[[]], [["frobnicate"]], [["run"]], [["run", "a.nn", "b.nn"]], [["check"]], [["--frobnicate"]]])(
  "wrong usage: %j",
  async (argv) => {
    const { code, out, err } = await nnc(argv);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).not.toBe("");
  },
);

test("an error of nnc's own says so", async () => {
  let err = "";
  const code = await main(["fmt", "-"], {
    out: () => {},
    err: (text) => void (err += text),
    stdin: () => Promise.reject(new Error("something broke")),
  });
  expect(code).toBe(70);
  expect(err).toMatch(/internal error\. This is a bug in nnc.*report[^]*something broke/);
});

test("the real process", () => {
  const nets = "examples/layernorm.nn";
  const fine = real("run", nets, "--input", "examples/layernorm.input.json");
  expect(fine).toMatchObject({ code: 0, err: "note: no weights given, 3 parameters initialised\n" });
  expect(fine.out).toMatch(/^tensor\(\[-0\.4227, {2}0\.0171/);
  expect(real("run", nets, "--input", "-")).toMatchObject({ code: 1, out: "" });
  expect(real("run", nets)).toMatchObject({ code: 2, out: "" });
});

test("a reader that closes the pipe is no fault", async () => {
  const child = spawn(
    process.execPath,
    ["dist/compiler/cli/main.js", "print", "examples/variants.nn", "--each"],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  child.stdout.destroy();
  let err = "";
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, err }).toEqual({ code: 0, err: "" });
});
