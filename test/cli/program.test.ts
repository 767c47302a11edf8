/** The program as a whole: help, usage, and the real process. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { main } from "../../compiler/cli/program.ts";
import { version } from "../../runtime/version.ts";
import { build, program, root, start } from "./process.ts";
import { folder, nnc } from "./support.ts";

beforeAll(build);

function real(...args: string[]): { code: number | null; out: string; err: string } {
  const ran = spawnSync(process.execPath, [program, ...args], { encoding: "utf8", input: "[1, -1]" });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** All there are, as the help lists them. */
async function commands(): Promise<string[]> {
  const { out } = await nnc(["--help"]);
  const [, list] = /^Commands:\n((?: .*\n)+)/m.exec(out)!;
  return [...list!.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
}

test("--version is package.json's", async () => {
  const { version: packaged } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    version: string;
  };
  expect(version).toBe(packaged);
  expect(await nnc(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
});

test("help: every command has examples", async () => {
  const names = await commands();
  expect(names).toEqual(
    expect.arrayContaining(["run", "check", "fmt", "compile", "print", "layers", "info"]),
  );
  for (const name of names.filter((one) => one !== "help")) {
    const help = await nnc(["help", name]);
    // The one command that is loaded for the other has the same help.
    expect(help).toEqual(await nnc([name, "--help"]));
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toContain(`Usage: nnc ${name} `);
    expect(help.out).toContain(`Examples:\n  nnc ${name}`);
  }
});

test("every command has a file, and every file of one that adds a command is among them", async () => {
  const folder = join(root, "compiler/cli/commands");
  const adding = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .flatMap(
      (file) =>
        /^export function add(\w+)\(program: Command, io: Io[,)]/m.exec(
          readFileSync(join(folder, file), "utf8"),
        )?.[1] ?? [],
    );
  const names = adding.map((name) => name.toLowerCase());
  expect((await commands()).filter((name) => name !== "help").sort()).toEqual(names.sort());
});

test.each([
  [["rnu"], "unknown command 'rnu'\n(Did you mean run?)"],
  [["run", "a.nn", "--inptu", "x.json"], "unknown option '--inptu'\n(Did you mean --input?)"],
  [["--verison"], "unknown option '--verison'\n(Did you mean --version?)"],
  [["toString"], "unknown command 'toString'"],
])("what may be meant: %j", async (argv, message) => {
  const { code, out, err } = await nnc(argv);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(message);
});

test("a file that is called like an option works after --", async () => {
  folder({ "--json": "ReLU\n", "-x.nn": "ReLU\n" });
  expect(await nnc(["check", "--", "--json"])).toEqual({ code: 0, out: "--json: no problems\n", err: "" });
  expect(await nnc(["check", "--", "-x.nn", "--json"])).toMatchObject({
    code: 0,
    out: "2 files: no problems\n",
  });
  expect((await nnc(["info", "--json", "--", "-x.nn"])).out).toMatch(/^\{.*\}\n$/);
  // An option's value takes the next word whatever it is.
  expect((await nnc(["compile", "--", "-x.nn", "-o"])).code).toBe(2);
});

describe("- is standard input", () => {
  const net = 'import { B } from "./b.nn"\nx -> B\n';
  const files = { "b.nn": "block B { LayerNorm(2) }\n", "x.json": "[1, 3]", "other.nn": "LayerNorm(2)\n" };

  test.each([
    [["run", "-", "--input", "x.json"], "tensor([-1.0000,  1.0000])\n"],
    [["check", "-"], "<stdin>: no problems\n"],
    [["check", "-", "other.nn"], "2 files: no problems\n"],
    [["print", "-", "--after", "parse"], net],
    [["info", "-"], "<stdin>"],
    [["explain", "-"], ""],
    [["graph", "-"], "LayerNorm"],
    [["diff", "-", "other.nn"], ""],
    [["diff", "other.nn", "-"], ""],
    [["fmt", "-"], net],
    [["compile", "-", "-o", "n.js"], "n.js  "],
  ])("%j", async (argv, said) => {
    folder(files);
    const { code, out } = await nnc(argv, net);
    expect(code).toBe(0);
    expect(out).toContain(said);
    expect(out.length).toBeGreaterThan(5);
  });

  test("messages say where", async () => {
    folder();
    for (const command of ["check", "run", "info"]) {
      const { code, err } = await nnc([command, "-"], "x -> Linear(3, 4) -> LayerNorm(5)\n");
      expect(code).toBe(1);
      expect(err).toMatch(/^<stdin>:1:22 error NN2003: .*\n {2}1 \| x -> Linear/);
    }
    expect((await nnc(["check", "-"], 'import { B } from "./c.nn"\nB\n')).err).toContain("c.nn");
    expect((await nnc(["check", "--json", "-"], "x -> Relu")).out).toContain('"file":"<stdin>"');
    const wanted = await nnc(["run", "-"], "ReLU");
    expect(wanted).toMatchObject({ code: 2, err: expect.stringMatching(/^nnc: <stdin> wants an input/) });
  });

  test.each([
    [["run", "-", "--input", "-"]],
    [["diff", "-", "-"]],
    [["check", "-", "-"]],
    [["run", "two.nn", "--input", "a=-", "--input", "b=-"]],
  ])("once: %j", async (argv) => {
    folder({ "two.nn": "model M { input a: f32[N]; input b: f32[N]; output y = a + b }\n" });
    const { code, err } = await nnc(argv, argv[1] === "-" ? "ReLU\n" : "[1]");
    expect({ code, err }).toEqual({ code: 2, err: "nnc: standard input can be read once only\n" });
  });
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
  const nets = join(root, "examples/layernorm.nn");
  const fine = real("run", nets, "--input", join(root, "examples/layernorm.input.json"));
  expect(fine).toMatchObject({ code: 0, err: "note: no weights given, 3 parameters initialised\n" });
  expect(fine.out).toMatch(/^tensor\(\[-0\.4227, {2}0\.0171/);
  expect(real("run", nets, "--input", "-")).toMatchObject({ code: 1, out: "" });
  expect(real("run", nets)).toMatchObject({ code: 2, out: "" });
});

test.each([["print", "--each"], ["info"], ["graph", "--format", "svg"]])(
  "a reader that closes the pipe is no fault: %s",
  async (...argv) => {
    const { child, ended } = start([argv[0], join(root, "examples/variants.nn"), ...argv.slice(1)]);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, err: "" });
  },
);

test.each([
  [
    ["check"],
    /\/compiler\/(passes|emit\/(?!wasm\/(custom-section|leb128)\.)|cli\/(?!(commands\/check|read-file|io|main|common-options|program|progress|repeatable|report|screen|watch|colour)\.)).*/,
  ],
  [
    ["fmt", "--check"],
    /\/compiler\/(layers\/(?!library-files\.)|resolve|passes|emit\/(?!wasm\/(custom-section|leb128)\.)|ir)\/.*/,
  ],
  [["run"], /\/compiler\/(inspect\/(?!text\.)|cli\/(commands\/(?!run\.)|completion\/))/],
  [["--version"], /\/(grammar\/parser|compiler\/resolve)/],
])("%s loads what it needs", async ([...argv], other) => {
  const hooks = `export async function load(url, context, next) {
    process._rawDebug("loads " + url);
    return next(url, context);
  }`;
  const register = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
  const net = join(root, "examples/layernorm.nn");
  const { ended } = start(argv[0] === "--version" ? argv : [...argv, net], [
    "--import",
    `data:text/javascript,${encodeURIComponent(register)}`,
  ]);
  const { err } = await ended;
  const loaded = [...err.matchAll(/^loads file:.*\/dist(\/.*)$/gm)].map(([, url]) => url!);
  expect(loaded).toContain("/compiler/cli/program.js");
  expect(loaded.filter((url) => other.test(url))).toEqual([]);
});
