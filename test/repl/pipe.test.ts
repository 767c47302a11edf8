/** `nnc repl` in a pipe: results, messages, exit codes; and the real process, in a pipe and on a terminal. */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { folder, nnc } from "../cli/support.ts";
import { keys, piped, plain } from "./support.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const cli = `${root}dist/compiler/cli/main.js`;

beforeAll(() => {
  const ran = spawnSync(process.execPath, ["scripts/setup.mjs"], { cwd: root, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(ran.stderr);
});

test("results alone, and exit code 0", async () => {
  const { code, out, err } = await piped("x = [1, 2]\nx -> Softmax(dim=0)\n2 + 3\n");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe("tensor([0.2689, 0.7311])\n5\n");
});

test("goes on after a wrong line, whose message goes to the other stream; then exit code 1", async () => {
  const { code, out, err } = await piped("1 +\n1\nx -> Foo\n.mode trian\n3");
  expect(code).toBe(1);
  expect(out).toBe("2\n3\n");
  expect(err).toBe(`repl:3:6 error NN3001: there is no layer or block \`Foo\`
  3 | x -> Foo
    |      ^^^
  help: \`nnc layers\` lists those there are
nnc: a mode is eval or train, not trian
`);
});

test("the end of the input ends a line that is not finished", async () => {
  expect(await piped("[1, 2,\n3] -> ReLU ->")).toMatchObject({ code: 1, out: "", err: expect.stringContaining("NN1011") as string }); // prettier-ignore
  expect(await piped("1 + 2")).toEqual({ code: 0, out: "3\n", err: "" });
  expect(await piped("")).toEqual({ code: 0, out: "", err: "" });
});

test("a file is run first", async () => {
  folder({ "parts.nn": "m = Linear(2, 1)\n[1, 2] -> m\n", "wrong.nn": "x -> Foo\n" });
  const { code, out } = await piped("[1, 2] -> m\n", ["parts.nn"]);
  const [first, second, rest] = out.split("\n");
  expect({ code, first, rest }).toEqual({ code: 0, first: second, rest: "" });
  expect(await piped("1\n", ["wrong.nn"])).toMatchObject({ code: 1, out: "" });
  expect(await piped("1\n", ["nothing.nn"])).toMatchObject({ code: 1, out: "" });
});

test("thousands of lines", async () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `a${i} = ${i}\n# ${i}\n`).join("");
  const { code, out } = await piped(`${lines}a999 + a0\n`);
  expect({ code, out }).toEqual({ code: 0, out: "999\n" });
});

test("help has an example that works", async () => {
  const { code, out } = await nnc(["repl", "--help"]);
  expect(code).toBe(0);
  const [, text] = /printf '(.*)' \| nnc repl/.exec(out)!;
  const ran = await piped(text!.replaceAll("\\n", "\n"));
  expect(ran).toEqual({ code: 0, out: "tensor([0.0900, 0.2447, 0.6652])\n", err: "" });
});

test("the real process in a pipe", () => {
  const real = (input: string): object => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "repl"], {
      input,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  expect(real("[1, 2] -> Softmax(dim=0)\n")).toEqual({ status: 0, stdout: "tensor([0.2689, 0.7311])\n", stderr: "" }); // prettier-ignore
  expect(real("x -> Foo\n1")).toMatchObject({ status: 1, stdout: "1\n" });
});

/** What a real terminal shows: `script` of util-linux makes one. */
class RealTerminal {
  readonly #child;
  #text = "";
  readonly ended: Promise<number | null>;

  constructor(env: Readonly<Record<string, string>>) {
    // A shell that stayed between the two would get the interrupts too, and end with 130.
    const command = `exec '${process.execPath}' '${cli}' repl`;
    const surroundings = { ...process.env, SHELL: "/bin/sh", TERM: "xterm", ...env };
    this.#child = spawn("script", ["-qefc", command, "/dev/null"], { env: surroundings });
    this.#child.stdout.on("data", (data: Buffer) => (this.#text += data.toString()));
    onTestFinished(() => void this.#child.kill("SIGHUP"));
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("close", resolve);
      this.#child.on("error", reject);
    });
  }

  /** Types, and waits until the terminal shows a text after what it has shown. */
  async type(text: string, wanted: string | RegExp): Promise<string> {
    const from = this.#text.length;
    this.#child.stdin.write(text);
    return this.waitFor(wanted, from);
  }

  async waitFor(wanted: string | RegExp, from: number): Promise<string> {
    const end = Date.now() + 30_000;
    for (;;) {
      const shown = this.#text.slice(from);
      if (typeof wanted === "string" ? shown.includes(wanted) : wanted.test(shown)) return plain(shown);
      if (Date.now() > end) throw new Error(`${String(wanted)} is not in ${JSON.stringify(shown)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  leave(): Promise<number | null> {
    this.#child.stdin.write(keys.ctrlD);
    return this.ended;
  }
}

test.runIf(process.platform === "linux")("the real process on a real terminal", async () => {
  const terminal = new RealTerminal({ NNC_HISTORY: `${folder()}/history`, NO_COLOR: "" });
  const { enter, tab, up, ctrlC } = keys;
  expect(await terminal.waitFor("> ", 0)).toMatch(/^nnc \d+\.\d+\.\d+: Tab completes/);
  await terminal.type(`x = [1., 2.]${enter}`, "> ");
  await terminal.type(`x ->${enter}`, /\n.*(\.\.\.|\|) /);
  expect(await terminal.type(`Softmax(dim=0)${enter}`, "\n\u001b[1G\u001b[0J> ")).toContain("tensor([0.2689, 0.7311])"); // prettier-ignore
  expect(await terminal.type(`y -> ReLU${enter}`, "\u001b[31m^\u001b[39m")).toContain("NN3002");
  await terminal.type("x -> LayerN", "LayerN");
  await terminal.type(tab, "orm");
  await terminal.type(ctrlC, "> ");
  // Long enough to be interrupted; the session is as it was before.
  await terminal.type(`x = Zeros(9000, 9000) @ Zeros(9000, 9000)${enter}`, "9000)\r");
  await new Promise((resolve) => setTimeout(resolve, 500));
  await terminal.type(ctrlC, "interrupted");
  expect(await terminal.type(`x${enter}`, "tensor(")).not.toContain("0., 0.");
  await terminal.type(`${up}${up}${up}`, "y -> ReLU");
  await terminal.type(enter, "NN3002");
  expect(await terminal.leave()).toBe(0);
});
