/** `nnc completion`: the scripts in their shells, where these are installed, and what they hold. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { passNames } from "../../compiler/pipeline/pipeline.ts";
import { folder, nnc } from "./support.ts";

async function script(shell: string): Promise<string> {
  const { code, out, err } = await nnc(["completion", shell]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

/** What a shell prints, given the script as its variable `script`. */
function shell(name: string, argv: readonly string[], source: string): string {
  const { stdout, stderr } = spawnSync(name, argv, {
    encoding: "utf8",
    env: { ...process.env, script: source },
  });
  expect(stderr).toBe("");
  return stdout;
}

function someFiles(): void {
  folder({ "a.nn": "", "two words.nn": "", "x.json": "", "x.npy": "", "w.safetensors": "", "note.txt": "" });
  mkdirSync("nets");
}

test("commands, options and their choices are those of the program", async () => {
  for (const name of ["bash", "zsh", "fish"]) {
    const text = await script(name);
    for (const command of ["run", "check", "fmt", "compile", "print", "layers", "completion", "help"])
      expect(text).toMatch(new RegExp(`\\b${command}\\b`));
    expect(text).toContain(["parse", ...passNames, "wasm", "emit"].join(" "));
    expect(text).toMatch(/eval train/);
    expect(text).toMatch(/\bLayerNorm\b.*\bSoftmax\b/);
    // Operators are not words.
    expect(text).not.toMatch(/ \*\* | Subscript /);
  }
});

test("a shell that is none of them", async () => {
  expect(await nnc(["completion", "tcsh"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("Allowed choices are bash, zsh, fish"),
  });
  expect((await nnc(["completion"])).code).toBe(2);
});

test("every file that the command line takes is completed by its ending", async () => {
  const text = await script("bash");
  const { out } = await nnc(["--help"]);
  const [, list] = /^Commands:\n((?: .*\n)+)/m.exec(out)!;
  for (const [, name] of list!.matchAll(/^ {2}([a-z]+) /gm)) {
    if (name === "help") continue;
    const { out: help } = await nnc([name!, "--help"]);
    for (const [, flag] of help.matchAll(/(--[a-z-]+) <file>/g))
      expect(text).toMatch(new RegExp(`'${name} ${flag}'\\) _nnc_files`));
    if (/^Usage: nnc \w+ .*[<[](file|before)/.test(help))
      expect(text).toContain(`'${name} '*) _nnc_files '*.nn' ;;`);
  }
});

/** Words as bash splits them, the last of them unfinished. */
const bashCases: readonly (readonly [words: readonly string[], completed: readonly string[]])[] = [
  [["com"], ["compile", "completion"]],
  [["--v"], ["--version"]],
  [["help", "la"], ["layers"]],
  [
    ["run", ""],
    ["a.nn", "nets", "two words.nn"],
  ],
  [["check", "a.nn", "tw"], ["two words.nn"]],
  [
    ["diff", "a.nn", ""],
    ["a.nn", "nets", "two words.nn"],
  ],
  [
    ["run", "--we"],
    ["--weights", "--weights-as"],
  ],
  [
    ["run", "--weights", ""],
    ["nets", "w.safetensors"],
  ],
  [
    ["run", "--input", ""],
    ["nets", "x.json", "x.npy"],
  ],
  [["run", "--input", "x", "=", "x.n"], ["x.npy"]],
  [
    ["run", "--mode", ""],
    ["eval", "train"],
  ],
  [
    ["run", "--mode", "="],
    ["eval", "train"],
  ],
  [["run", "--mode", "=", "t"], ["train"]],
  [["run", "--seed", ""], []],
  [
    ["compile", "-o", "n"],
    ["nets", "note.txt"],
  ],
  [
    ["print", "--after", "s"],
    ["schedule", "simplify", "sink", "split"],
  ],
  [["layers", "LayerN"], ["LayerNorm"]],
  [["layers", "Linea"], ["Linear"]],
  [
    ["completion", ""],
    ["bash", "fish", "zsh"],
  ],
  [["fmt", "--c"], ["--check"]],
  [["nothing", ""], []],
];

describe.runIf(isInstalled("bash"))("bash", () => {
  test.each(bashCases)("%j", async (words, completed) => {
    const source = await script("bash");
    someFiles();
    const run = `set -u; eval "$script"; complete -p nnc > /dev/null || exit 1
      COMP_WORDS=(nnc "$@") COMP_CWORD=$#; _nnc; ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; true`;
    const found = shell("bash", ["--norc", "-c", run, "bash", ...words], source);
    expect([...new Set(found.split("\n").slice(0, -1))].sort()).toEqual(completed);
  });
});

describe.runIf(isInstalled("fish"))("fish", () => {
  test.each([
    ["nnc com", ["compile", "completion"]],
    ["nnc run --mode ", ["eval", "train"]],
    ["nnc run --we", ["--weights"]],
    ["nnc layers LayerN", ["LayerNorm"]],
    ["nnc completion ", ["bash", "fish", "zsh"]],
    ["nnc run --seed ", []],
  ])("%s", async (line, completed) => {
    const found = shell(
      "fish",
      ["--no-config", "-c", "echo $script | source; complete -C $argv[1]", line],
      await script("fish"),
    );
    const rows = found.split("\n").slice(0, -1);
    expect(rows.map((row) => row.split("\t")[0]!).sort()).toEqual(completed);
  });

  test("files that are wanted come first", async () => {
    const source = await script("fish");
    someFiles();
    const first = (line: string): string =>
      shell("fish", ["--no-config", "-c", "echo $script | source; complete -C $argv[1]", line], source).split(
        /[\t\n]/,
      )[0]!;
    expect(first("nnc run ")).toBe("a.nn");
    expect(first("nnc run --weights ")).toBe("w.safetensors");
    expect(first("nnc run --input ")).toBe("x.json");
  });
});

test("the shape of fish's", async () => {
  const lines = (await script("fish")).trimEnd().split("\n");
  // Each line is one command, and its quotes are closed.
  for (const line of lines.slice(1)) expect(line).toMatch(/^complete -c nnc (?:[^'\\]|'(?:[^'\\]|\\.)*')+$/);
  expect(lines).toContain(
    "complete -c nnc -n '__fish_seen_subcommand_from compile' -s o -l output -d 'the module, or a folder for it; - prints it' -x -k -a '(__fish_complete_suffix)'",
  );
});

test("the shape of zsh's", async () => {
  const text = await script("zsh");
  expect(text).toMatch(/^#compdef nnc\n/);
  expect(text).toContain(
    "        '*--mode=[train\\: statistics of the batch, and dropout]:word:(eval train)' \\\n",
  );
  expect(text).toContain(
    `'*--input=[FILE.json, FILE.npy or -; NAME=FILE for one of several; repeatable]:file:_files -g "*.json" -g "*.npy"'`,
  );
  // Each is a spec of _arguments: an option, its explanation, and what its value is.
  const specs = [...text.matchAll(/^ +('\*-.*')(?: \\| ;;)$/gm)].map(([, spec]) => spec!);
  expect(specs.length).toBeGreaterThan(50);
  for (const spec of specs)
    expect(spec).toMatch(/^'\*--?[\w-]+=?\[(?:[^[\]\\:]|\\.|'\\'')+\](?::\w+:(?: |\([^()]*\)|_files.*))?'$/);
});

describe.runIf(isInstalled("zsh"))("zsh", () => {
  /** Runs the function with zsh's own helpers in its way: what these are told shows. */
  const stubs = `
    compdef() { }
    _describe() { printf '%s\\n' "describe $1" "\${(@P)2}" }
    _arguments() { if [[ $1 == -C ]]; then state=$stub; return 1; fi; printf '%s\\n' "$@" }
    eval "$script"
    words=("$@"); stub=$words[1]; shift words
    _nnc`;

  test("takes the script", async () => {
    const source = await script("zsh");
    const { status, stderr } = spawnSync("zsh", ["-n"], { input: source, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("commands, then those of one", async () => {
    const source = await script("zsh");
    const commands = shell("zsh", ["-f", "-c", stubs, "zsh", "command"], source);
    expect(commands).toMatch(/^describe command\nrun:run a net on an input and print its outputs\n/);
    const run = shell("zsh", ["-f", "-c", stubs, "zsh", "words", "fmt"], source);
    expect(run).toBe(
      "*--check[change nothing; exit code 1 if a file is not formatted]\n*-h[display help for command]\n" +
        '*--help[display help for command]\n*:file:_files -g "*.nn"\n',
    );
  });
});
