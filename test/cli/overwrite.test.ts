/** What makes way for an output: what nnc wrote there itself, and nothing else. */
import {
  chmodSync, chownSync, cpSync, linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync,
} from "node:fs"; // prettier-ignore
import { describe, expect, test } from "vitest";
import { loadSafetensors, saveSafetensors, tensor } from "../../runtime/index.ts";
import { piped } from "../repl/support.ts";
import { files, folder, nnc, text } from "./support.ts";

const net = "Linear(2, 1)\n";
const legacy = "// nnc 0.1.0: n.nn, sha256 bebc5980\n";
const compile = ["compile", "n.nn", "-o", "n.js"] as const;
const external = [...compile, "--external"] as const;

/** Runs it, which must be refused with all files as they were. */
async function refused(argv: readonly string[], message: string): Promise<void> {
  const before = files().map((name) => [
    name,
    lstatSync(name).isFile() && readFileSync(name).toString("hex"),
  ]);
  const { code, out, err } = await nnc(argv);
  expect(err).toContain(message);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(files().map((name) => [name, lstatSync(name).isFile() && readFileSync(name).toString("hex")])).toEqual(before); // prettier-ignore
}

describe("a file that nnc did not write", () => {
  const trained = saveSafetensors({
    "0.weight": tensor([[1, 2]], { dtype: "f32" }),
    "0.bias": tensor([3], { dtype: "f32" }),
  });
  test.each([
    ["n.safetensors", trained, external],
    ["n.safetensors", "no weights", external],
    ["n.d.ts", "// by hand\n", compile],
    ["n.js", "export default 1;\n", compile],
    ["n.js", "// nnc is great\n", compile],
    ["n.svg", "<?xml version='1.0'?>\n<svg/>\n", ["graph", "n.nn", "-o", "n.svg"]],
    ["n.dot", "digraph {}\n", ["graph", "n.nn", "-o", "n.dot"]],
    ["w.safetensors", trained, ["graph", "n.nn", "-o", "w.safetensors"]],
    ["n.js", legacy, ["graph", "n.nn", "-o", "n.js"]],
  ])("%s", async (name, content, argv) => {
    folder({ "n.nn": net, [name]: content });
    await refused(argv, `cannot write ${name}: it is there already, and nnc did not write it: --force replaces it, or choose another name for -o`); // prettier-ignore
    expect((await nnc([...argv, "--force"])).code).toBe(0);
    expect((await nnc(argv)).code).toBe(0);
  });

  test("all of them are named", async () => {
    folder({ "n.nn": net, "n.js": "1", "n.d.ts": "2", "n.safetensors": "3" });
    const { err } = await nnc(external);
    for (const name of ["n.js", "n.d.ts", "n.safetensors"]) expect(err).toContain(`cannot write ${name}: it is there`); // prettier-ignore
  });
});

describe("an earlier output", () => {
  test("of another net, of other weights, of the same ones", async () => {
    folder({ "n.nn": net });
    expect((await nnc(external)).code).toBe(0);
    const first = ["n.js", "n.d.ts", "n.safetensors"].map((name) => statSync(name).ino);
    expect((await nnc(external)).code).toBe(0);
    expect(["n.js", "n.d.ts", "n.safetensors"].map((name) => statSync(name).ino)).toEqual(first);
    expect((await nnc([...external, "--seed", "1"])).code).toBe(0);
    expect(statSync("n.safetensors").ino).not.toBe(first[2]);
    writeFileSync("n.nn", "Linear(2, 2) -> GELU\n");
    expect((await nnc(external)).code).toBe(0);
    expect((await nnc(compile)).code).toBe(0);
  });

  test("of the first version, without a mark", async () => {
    folder({ "n.nn": net, "n.js": `${legacy}\nold`, "n.d.ts": `${legacy}\nold` });
    expect((await nnc(compile)).code).toBe(0);
    expect(text("n.js")).toMatch(/^\/\/ nnc \S+: n\.nn, sha256 [0-9a-f]{8} -> n\.js [0-9a-f]{8}\n/);
  });

  test.each(["n.svg", "n.dot", "n.mmd", "n.txt"])("of graph: %s", async (name) => {
    folder({ "n.nn": net });
    const printed = await nnc(["graph", "n.nn", "--format", { "n.svg": "svg", "n.dot": "dot", "n.mmd": "mermaid", "n.txt": "text" }[name]!]); // prettier-ignore
    // A drawing that was printed is the same drawing.
    writeFileSync(name, printed.out);
    for (const source of [net, "ReLU\n", net]) {
      writeFileSync("n.nn", source);
      expect((await nnc(["graph", "n.nn", "-o", name])).code).toBe(0);
      expect(text(name).split("\n", 2).join("\n")).toMatch(
        /nnc \S+ graph: n\.nn -> n\.\w+ [0-9a-f]{8}( -->)?/,
      );
    }
    writeFileSync(name, text(name).replace("ReLU", "Relu").replace("Linear", "linear"));
    await refused(["graph", "n.nn", "-o", name, "--after", "fuse"], "was changed since nnc wrote it");
  });

  test("that was changed by hand", async () => {
    folder({ "n.nn": net });
    await nnc(external);
    writeFileSync("n.js", `${text("n.js")}// mine\n`);
    await refused(
      [...external, "--mode", "train"],
      "cannot write n.js: it was changed since nnc wrote it: --force",
    );
    expect((await nnc([...external, "--force"])).code).toBe(0);
    const weights = readFileSync("n.safetensors");
    weights[weights.length - 2]! ^= 1;
    writeFileSync("n.safetensors", weights);
    await refused(external, "cannot write n.safetensors: it was changed since nnc wrote it: --force");
  });

  test("that Git has given other line ends", async () => {
    folder({ "n.nn": net });
    await nnc(compile);
    writeFileSync("n.js", text("n.js").replaceAll("\n", "\r\n"));
    writeFileSync("n.d.ts", text("n.d.ts").replaceAll("\n", "\r\n"));
    expect((await nnc(compile)).code).toBe(0);
    expect(text("n.js")).not.toContain("\r");
  });

  test("that was copied", async () => {
    folder({ "n.nn": net, "m.nn": "ReLU\n" });
    await nnc(external);
    cpSync("n.js", "m.js");
    await refused(["compile", "m.nn", "-o", "m.js"], "cannot write m.js: it was written by nnc as n.js, and copied or renamed since"); // prettier-ignore
    renameSync("n.safetensors", "k.safetensors");
    await refused(["compile", "n.nn", "-o", "k.js", "--external", "--seed", "3"], "k.safetensors: it was written by nnc as n.safetensors"); // prettier-ignore
  });

  test("of names that comments must not hold", async () => {
    for (const name of ["a--b", "a -> b", "a, sha256 01234567"]) {
      folder({ [`${name}.nn`]: net });
      for (const argv of [
        ["compile", `${name}.nn`, "-o", `${name}.js`],
        ["graph", `${name}.nn`, "-o", `${name}.svg`],
      ]) {
        expect((await nnc(argv)).code).toBe(0);
        expect((await nnc([...argv, "--mode", "train"])).code).toBe(0);
      }
      expect(text(`${name}.svg`)).not.toMatch(/<!--(?:(?!-->)[^])*--(?!>)/);
    }
  });
});

describe("what the net is made of is not replaced, with --force or without", () => {
  const outputs: readonly (readonly [what: string, argv: readonly string[], file: string])[] = [
    ["the source", ["compile", "net.js", "-o", "net.js"], "net.js"],
    ["the source, by another spelling", ["compile", "net.js", "-o", "./sub/../net.js"], "net.js"],
    ["the source, where the declarations go", ["compile", "k.d.ts", "-o", "k.js"], "k.d.ts"],
    ["the source, by graph", ["graph", "bar.nn", "-o", "bar.nn"], "bar.nn"],
    ["an import", ["compile", "m.nn", "-o", "lib.js"], "lib.js"],
    ["an import, by graph", ["graph", "m.nn", "-o", "lib.js"], "lib.js"],
    ["an import, by a symbolic link", ["compile", "m.nn", "-o", "soft.js"], "lib.js"],
    ["an import, by a hard link", ["compile", "m.nn", "-o", "hard.js"], "lib.js"],
    ["weights of the text", ["compile", "w.nn", "-o", "w.js", "--external"], "w.safetensors"],
    ["weights of the text, by graph", ["graph", "w.nn", "-o", "w.safetensors"], "w.safetensors"],
    ["weights of the text, with others given", ["compile", "w.nn", "-o", "w.js", "--external", "--weights", "o.safetensors"], "w.safetensors"], // prettier-ignore
    ["weights that are given", ["compile", "bar.nn", "-o", "o.js", "--external", "--weights", "o.safetensors", "--partial"], "o.safetensors"], // prettier-ignore
  ];

  test.each(outputs)("%s", async (_, argv, file) => {
    const weights = (value: number): Uint8Array =>
      saveSafetensors({ "0.weight": tensor([value], { dtype: "f32" }), other: tensor([1, 2, 3]) });
    folder({
      "net.js": "x -> ReLU\n",
      "k.d.ts": "x -> ReLU\n",
      "bar.nn": "x -> PReLU(0.5)\n",
      "lib.js": "block A { ReLU }\n",
      "m.nn": 'import { A } from "./lib.js"\nx -> A\n',
      "w.nn": 'weights "./w.safetensors"\nPReLU(0.5)\n',
      "w.safetensors": weights(1),
      "o.safetensors": weights(2),
    });
    mkdirSync("sub");
    symlinkSync("lib.js", "soft.js");
    linkSync("lib.js", "hard.js");
    const partial = argv[0] === "compile" && !argv.includes("--partial") ? ["--partial"] : [];
    for (const force of [[], ["--force"]]) {
      await refused([...argv, ...partial, ...force], "one of the files that the net is made of: choose another name for -o"); // prettier-ignore
      expect(readFileSync(file).length).toBeGreaterThan(0);
    }
  });

  test("a file of the user's that holds these very weights serves as it is", async () => {
    const own = saveSafetensors({ "0.bias": tensor([1], { dtype: "f32" }), "0.weight": tensor([[1, 2]], { dtype: "f32" }) }); // prettier-ignore
    folder({ "n.nn": net, "n.safetensors": own });
    expect((await nnc([...external, "--weights", "n.safetensors"])).out).not.toContain("n.safetensors");
    expect(readFileSync("n.safetensors").equals(own)).toBe(true);
    expect(files()).toContain("n.js");
  });
});

test("fmt replaces what it has read, and keeps what was written meanwhile", async () => {
  folder({ "a.nn": "x->ReLU" });
  expect((await nnc(["fmt", "a.nn"])).code).toBe(0);
  expect(text("a.nn")).toBe("x -> ReLU\n");
});

test(".save", async () => {
  folder({ "foo.nn": "x -> ReLU\n", "lib.nn": "block B { Tanh }\n" });
  const first = await piped("x = [1]\nx\n.save foo.nn\n");
  expect(first.code).toBe(1);
  expect(first.err).toContain("cannot write foo.nn: it is there already: .save --force foo.nn replaces it, or choose another name"); // prettier-ignore
  expect(text("foo.nn")).toBe("x -> ReLU\n");
  // What this session saved it saves again, unless someone else was there.
  expect((await piped("x = [1]\nx\n.save bar.nn\nx + 1\n.save bar.nn\n")).err).toBe("");
  expect(text("bar.nn")).toContain("x + 1");
  expect((await piped("x = [1]\nx\n.save --force foo.nn\n")).err).toBe("");
  expect(text("foo.nn")).toContain("x = [1]");
  for (const force of ["", "--force "])
    expect((await piped(`import { B } from "./lib.nn"\n[1.] -> B\n.save ${force}lib.nn\n`)).err).toContain("one of the files that the net is made of"); // prettier-ignore
  expect(text("lib.nn")).toBe("block B { Tanh }\n");
});

describe("links, modes and owners", () => {
  test("a symbolic link to nothing stays, and what it leads to is made", async () => {
    folder({ "n.nn": "ReLU\n" });
    mkdirSync("out");
    symlinkSync("out/real.js", "n.js");
    expect((await nnc(compile)).code).toBe(0);
    expect(lstatSync("n.js").isSymbolicLink()).toBe(true);
    expect(text("out/real.js")).toContain("export function create");
    rmSync("n.js");
    symlinkSync("n.js", "n.js");
    await refused(compile, "cannot write n.js: its symbolic links lead in a circle");
  });

  test("two outputs in one file", async () => {
    folder({ "n.nn": "ReLU\n" });
    symlinkSync("n.js", "n.d.ts");
    await refused(compile, "cannot write n.js: it is the same file as n.d.ts");
  });

  test("a hard link is cut, and that is said", async () => {
    folder({ "n.nn": "ReLU\n" });
    await nnc(compile);
    linkSync("n.js", "other.js");
    const before = text("other.js");
    writeFileSync("n.nn", "SiLU\n");
    const { code, err } = await nnc(compile);
    expect(err).toBe("note: n.js had other names (hard links), which keep what was in it\n");
    expect(code).toBe(0);
    expect(text("other.js")).toBe(before);
    expect(text("n.js")).not.toBe(before);
  });

  test("a file that is read-only is not replaced, by root neither", async () => {
    folder({ "n.nn": "ReLU\n" });
    await nnc(compile);
    chmodSync("n.js", 0o444);
    expect((await nnc(compile)).code).toBe(0);
    writeFileSync("n.nn", "SiLU\n");
    await refused([...compile, "--force"], "cannot write n.js: ");
  });

  test.runIf(process.getuid?.() === 0)("owner and mode stay", async () => {
    folder({ "n.nn": "ReLU\n" });
    await nnc(compile);
    chownSync("n.js", 65534, 65534);
    chmodSync("n.js", 0o640);
    writeFileSync("n.nn", "SiLU\n");
    expect(await nnc(compile)).toMatchObject({ code: 0, err: "" });
    const { uid, gid, mode } = statSync("n.js");
    expect([uid, gid, mode & 0o777]).toEqual([65534, 65534, 0o640]);
  });
});

test("weights that nnc wrote are weights to all that reads them", async () => {
  folder({ "n.nn": net });
  await nnc(external);
  expect(Object.keys(loadSafetensors(readFileSync("n.safetensors")))).toContain("0.weight");
  expect((await nnc(["run", "n.nn", "--weights", "n.safetensors", "--input", "-"], "[1, 2]")).code).toBe(0);
});
