/** What is read: regular files, and of those that a text names the ones inside its project. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { check, compile } from "../../compiler/index.ts";
import { saveSafetensors, tensor } from "../../runtime/index.ts";
import { piped } from "../repl/support.ts";
import { folder, nnc } from "./support.ts";

const weights = saveSafetensors({ "0.weight": tensor([3], { dtype: "f32" }) });

/** A project in `in/`, and files beside it. */
function project(mark?: ".git" | "package.json"): string {
  const path = folder({ "lib.nn": "block A { ReLU }\n", "w.safetensors": weights });
  mkdirSync("in/sub", { recursive: true });
  if (mark === ".git") mkdirSync("in/.git");
  if (mark === "package.json") writeFileSync("in/package.json", "{}");
  writeFileSync("in/lib.nn", "block A { ReLU }\n");
  writeFileSync("in/w.safetensors", weights);
  writeFileSync("in/sub/up.nn", 'import { A } from "../lib.nn"\nA\n');
  writeFileSync("in/sub/out.nn", 'import { A } from "../../lib.nn"\nA\n');
  writeFileSync("in/sub/weights.nn", 'weights "../w.safetensors"\nPReLU(0.5)\n');
  writeFileSync("in/sub/outer.nn", 'weights "../../w.safetensors"\nPReLU(0.5)\n');
  return path;
}

describe("a text's project", () => {
  test.each([".git", "package.json"] as const)("is the folder with %s", async (mark) => {
    const path = project(mark);
    for (const name of ["up.nn", "weights.nn"]) expect((await nnc(["check", `in/sub/${name}`])).code).toBe(0);
    expect((await nnc(["check", "in/sub/out.nn"])).err).toContain(
      `NN4011: lib.nn lies outside of the project ${path}/in, and is not read`,
    );
    const commands = [["check"], ["run"], ["compile", "-o", "x.js"], ["info"], ["graph"], ["explain"], ["bench"], ["print", "--after", "resolve"]]; // prettier-ignore
    for (const [command = "", ...more] of commands) {
      expect((await nnc([command, "in/sub/out.nn", ...more])).err).toContain("NN4011");
    }
    expect((await nnc(["check", "in/sub/outer.nn"])).err).toContain("NN4011: w.safetensors lies outside");
    for (const name of ["out.nn", "outer.nn"])
      expect((await nnc(["check", `in/sub/${name}`, "--allow-outside"])).code).toBe(0);
  });

  test("is its own folder where there is neither", async () => {
    project();
    for (const name of ["up.nn", "out.nn", "weights.nn"])
      expect((await nnc(["check", `in/sub/${name}`])).err).toContain("NN4011");
    expect((await nnc(["check", "in/sub/up.nn"])).err).toContain("pass --allow-outside");
  });

  test("is told with symbolic links resolved, and does not tell what is outside", async () => {
    const path = project(".git");
    symlinkSync(`${path}/lib.nn`, "in/link.nn");
    symlinkSync(path, "in/folder");
    symlinkSync("../lib.nn", "in/sub/inner.nn");
    const found = (name: string): Promise<string> => {
      writeFileSync("in/a.nn", `import { A } from ${JSON.stringify(name)}\nA\n`);
      return nnc(["check", "in/a.nn"]).then(({ err }) => /NN\d+/.exec(err)?.[0] ?? "");
    };
    for (const name of [
      "./link.nn",
      "./folder/lib.nn",
      "../nowhere.nn",
      "/etc/hostname",
      "/no/such/file",
      "./sub/../../lib.nn",
    ])
      // prettier-ignore
      expect([name, await found(name)]).toEqual([name, "NN4011"]);
    for (const name of ["./sub/inner.nn", `${path}/in/lib.nn`, "./folder/in/lib.nn"])
      expect([name, await found(name)]).toEqual([name, ""]);
    expect(await found("./nowhere.nn")).toBe("NN4001");
  });

  test("of a text without a file, and of a session's lines, is that of the working directory", async () => {
    project(".git");
    process.chdir("in");
    expect((await nnc(["check", "-"], 'import { A } from "../lib.nn"\nA')).err).toContain("NN4011");
    expect((await nnc(["check", "-"], 'import { A } from "./lib.nn"\nA')).code).toBe(0);
    expect((await piped('import { A } from "../lib.nn"\n')).err).toContain("NN4011");
    expect((await piped('import { A } from "../lib.nn"\n', ["--allow-outside"])).err).toBe("");
    // A path that a person writes is that person's word.
    expect((await piped(".load ../lib.nn\n")).err).toBe("");
  });

  test("bounds the library, too, whose caller may read otherwise", () => {
    const path = project(".git");
    const codes = (text: string): string[] =>
      check(text, { filename: `${path}/in/sub/x.nn` }).map(({ code }) => code);
    expect(codes('import { A } from "../../lib.nn"\nA')).toEqual(["NN4011"]);
    expect(codes('weights "../../w.safetensors"\nPReLU(0.5)')).toEqual(["NN4011"]);
    expect(codes('import { A } from "../lib.nn"\nA')).toEqual([]);
    const model = compile('import { A } from "/elsewhere.nn"\nA', { read: () => "block A { ReLU }" });
    expect([...model([-1, 2]).data]).toEqual([0, 2]);
  });
});

describe("what is no regular file is refused at once", () => {
  test.each([
    ["/dev/zero", "it is a device, not a regular file"],
    ["/dev/null", "it is a device, not a regular file"],
    ["pipe", "it is a pipe, not a regular file"],
    ["sub", "it is a directory"],
  ])("%s", async (path, reason) => {
    folder({ "n.nn": "PReLU(0.5)\n", "package.json": "{}" });
    spawnSync("mkfifo", ["pipe"]);
    mkdirSync("sub");
    writeFileSync("i.nn", `import { A } from ${JSON.stringify(path)}\nA\n`);
    writeFileSync("w.nn", `weights ${JSON.stringify(path)}\nPReLU(0.5)\n`);
    for (const argv of [
      ["check", path],
      ["fmt", path],
      ["run", "n.nn", "--input", path],
      ["run", "n.nn", "--weights", path],
    ])
      expect((await nnc(argv)).err).toContain(`cannot read ${path}: ${reason}`);
    for (const name of ["i.nn", "w.nn"])
      expect((await nnc(["check", name, "--allow-outside"])).err).toContain(reason);
  });
});

test("files that are too large are not read", async () => {
  folder({ "n.nn": "PReLU(0.5)\n" });
  for (const [name, size] of [
    ["big.nn", 600e6],
    ["big.safetensors", 3e9],
    ["big.npy", 3e9],
  ] as const) {
    writeFileSync(name, "");
    truncateSync(name, size);
  }
  expect((await nnc(["check", "big.nn"])).err).toBe("nnc: cannot read big.nn: it has 600 MB, and a text of more than 537 MB cannot be read\n"); // prettier-ignore
  const large = "it has 3,000 MB, and a file of more than 2,147 MB cannot be read";
  expect((await nnc(["run", "n.nn", "--weights", "big.safetensors"])).err).toContain(large);
  expect((await nnc(["run", "n.nn", "--input", "big.npy"])).err).toContain(large);
});
