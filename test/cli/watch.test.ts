/** `--watch`, driven as an editor and a terminal do. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { Reader, stampOf } from "../../compiler/cli/read-file.ts";
import { saveSafetensors, tensor } from "../../runtime/index.ts";
import { build, start } from "./process.ts";
import { files, folder, nnc, text } from "./support.ts";

beforeAll(build);

/** The line that ends a round. */
const round = /^\d\d:\d\d:\d\d (?:ran|checked|compiled|failed) (?:in|after) \d+ ms, waiting for changes\n/m;

/** As editors that keep the old file until the new one is whole. */
function replace(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

test("check: errors, mending, replacing, imports that come and go", async () => {
  folder({ "n.nn": 'import { B } from "./parts/b.nn"\nx -> B\n' });
  const { child, ended, err } = start(["check", "--watch", "n.nn"]);
  expect(await err(round)).toMatch(/n\.nn:1:\d+ error [^]* failed after /);
  // A folder that was not there, and a file in it.
  mkdirSync("parts");
  replace("parts/b.nn", "block B { ReLU }\n");
  let said = await err(round);
  // The folder alone may have been seen first.
  if (said.includes("failed")) said = await err(round);
  expect(said).toMatch(/^\d.* checked in /);
  replace("n.nn", "x -> Relu\n");
  expect(await err(round)).toContain("did you mean `ReLU`?");
  writeFileSync("n.nn", "x -> (");
  expect(await err(round)).toContain("NN1005");
  rmSync("n.nn");
  expect(await err(round)).toContain("cannot read n.nn");
  writeFileSync("n.nn", "x -> ReLU\n");
  expect(await err(round)).toContain(" checked in ");
  child.kill("SIGINT");
  const { code, signal, out } = await ended;
  expect({ code, signal }).toEqual({ code: null, signal: "SIGINT" });
  expect(out).toBe("n.nn: no problems\n".repeat(2));
});

test("run: the input, the weights of either kind, and their errors", async () => {
  const weights = (value: number): Uint8Array => saveSafetensors({ "0.weight": tensor([value]) });
  folder({
    "n.nn": 'weights "n.safetensors"\nPReLU(0.5)\n',
    "n.safetensors": weights(2),
    "x.json": "[-1]",
  });
  const { child, ended, err } = start(["run", "-w", "n.nn", "--input", "x.json"]);
  await err(round);
  writeFileSync("x.json", "[-10]");
  await err(round);
  replace("n.safetensors", weights(3));
  await err(round);
  writeFileSync("x.json", "[-10");
  expect(await err(round)).toContain("x.json:1:5 error NN4201: not JSON");
  writeFileSync("x.json", "[-100]");
  await err(round);
  child.kill("SIGINT");
  expect((await ended).out).toBe("tensor([-2.])\ntensor([-20.])\ntensor([-30.])\ntensor([-300.])\n");
});

test("compile: what it writes does not start it again, what it reads does", async () => {
  folder({ "n.nn": "Linear(2, 1)\n" });
  expect((await nnc(["compile", "n.nn", "-o", "n.js", "--external"])).code).toBe(0);
  // Its own sidecar is the file of its weights.
  const { child, ended, err } = start([
    "compile",
    "n.nn",
    "-w",
    "-o",
    "n.js",
    "--external",
    "--weights",
    "n.safetensors",
  ]);
  await err(round);
  writeFileSync("unrelated.txt", "");
  replace("n.nn", "# Again.\nLinear(2, 1)\n");
  await err(round);
  replace("n.nn", "Linear(2, 3)\n");
  expect(await err(round)).toContain("NN4104");
  expect(text("n.js")).toContain("export function create");
  child.kill("SIGINT");
  // Two rounds that wrote, and no more.
  expect((await ended).out.match(/^n\.js /gm)).toHaveLength(2);
  expect(files()).toEqual(["n.d.ts", "n.js", "n.nn", "n.safetensors", "unrelated.txt"]);
});

test("a file behind a link", async () => {
  folder();
  mkdirSync("real");
  writeFileSync("real/n.nn", "ReLU\n");
  symlinkSync("real/n.nn", "n.nn");
  const { child, err } = start(["check", "-w", "n.nn"]);
  await err(round);
  replace("real/n.nn", "Relu\n");
  expect(await err(round)).toContain("n.nn:1:1 error NN3001");
  child.kill("SIGINT");
});

test("a file that changes while a round goes on is as it was when it was first read", () => {
  folder({ "n.nn": "ReLU\n" });
  const reader = new Reader({ out: () => {}, err: () => {}, stdin: () => Promise.reject(new Error("none")) });
  reader.bytes("n.nn");
  const first = stampOf("n.nn");
  expect([...reader.stamps]).toEqual([["n.nn", first]]);
  replace("n.nn", "SiLU\n");
  reader.bytes("n.nn");
  expect([...reader.stamps]).toEqual([["n.nn", first]]);
  expect(stampOf("n.nn")).not.toBe(first);
  // So is one that is not there.
  expect(() => reader.reading("n.nn", false)("later.nn")).toThrow("ENOENT");
  expect(reader.stamps.get("later.nn")).toBe(stampOf("nowhere.nn"));
});

test.each([
  [["check", "-w", "--json", "n.nn"], "option '-w, --watch' cannot be used with option '--json'"],
  [["check", "-w", "-"], "standard input cannot be watched"],
  [["run", "-w", "n.nn", "--input", "-"], "standard input cannot be watched"],
  [["run", "-w", "n.nn"], "n.nn wants an input"],
  [["compile", "-w", "n.nn", "-o", "n.ts"], "the output must end in .js, .mjs or .cjs"],
])("what no change of a file mends ends it: %j", async (argv, message) => {
  folder({ "n.nn": "ReLU\n" });
  const { code, err } = await nnc(argv, "ReLU\n");
  expect(code).toBe(2);
  expect(err).toContain(message);
});
