/** Where modules are written and in which format: each of these files is loaded by Node.js as its surroundings say. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { files, folder, nnc, text } from "./support.ts";

const net = "PReLU(0.25)\n";
const esm = /^export function create/m;
const cjs = /^exports\.create = create;/m;
const iife = /^var \w+ = \(\(\) => \{$/m;

/** Loads a module in a process of its own, by `import` and by `require`, and calls its model. */
function byImport(path: string): string {
  const code = `import * as net from "./${path}"; const model = net.create(); console.log(model([-4]).data[0], net.selfTest() <= 1);`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }).trim();
}

function byRequire(path: string): string {
  const code = `const net = require("./${path}"); console.log(net.default([-4]).data[0], net.selfTest() <= 1);`;
  const flags = ["--no-warnings", "--input-type=commonjs", "-e", code];
  return execFileSync(process.execPath, flags, { encoding: "utf8" }).trim();
}

test.each([
  ["no package.json", undefined, [], "n.js", esm],
  ["a package of modules", "module", [], "n.js", esm],
  ["a package of CommonJS", "commonjs", [], "n.mjs", esm],
  ["a package of CommonJS", "commonjs", ["-o", "n.cjs"], "n.cjs", cjs],
  ["a package of CommonJS", "commonjs", ["--format", "cjs"], "n.js", cjs],
  ["a package of modules", "module", ["--format", "cjs"], "n.cjs", cjs],
  ["a package of modules", "module", ["-o", "out/deep/"], "out/deep/n.js", esm],
  ["a package of CommonJS", "commonjs", ["-o", "out/deep/m.mjs"], "out/deep/m.mjs", esm],
] as const)("in %s (%s), %j writes %s", async (_, type, more, written, format) => {
  folder({ "n.nn": net, ...(type && { "package.json": JSON.stringify({ type }) }) });
  const { code, out } = await nnc(["compile", "n.nn", ...more]);
  expect({ code, module: out.split(" ")[0] }).toEqual({ code: 0, module: written });
  expect(text(written)).toMatch(format);
  expect(existsSync(written.replace(/\.(.?)js$/, ".d.$1ts"))).toBe(true);
  expect([byImport(written), byRequire(written)]).toEqual(["-1 true", "-1 true"]);
});

test("a name that Node.js would take for the other format is refused, with names that it would not", async () => {
  folder({ "n.nn": net, "package.json": '{ "type": "commonjs" }' });
  const ran = await nnc(["compile", "n.nn", "-o", "n.js"]);
  expect(ran).toEqual({
    code: 2,
    out: "",
    err:
      'nnc: Node.js would load n.js as CommonJS, because package.json says "type": "commonjs": write -o n.mjs, which require ' +
      "loads as well, or -o n.cjs for CommonJS; if a page or a bundler loads it, add --format esm\n",
  });
  expect((await nnc(["compile", "n.nn", "-o", "n.js", "--format", "esm"])).code).toBe(0);
  expect(text("n.js")).toMatch(esm);
  mkdirSync("sub");
  writeFileSync("sub/package.json", '{ "type": "module" }');
  const other = await nnc(["compile", "n.nn", "-o", "sub/n.js", "--format", "cjs"]);
  expect(other.err).toContain('Node.js would load sub/n.js as an ES module, because sub/package.json says "type": "module": write -o sub/n.cjs'); // prettier-ignore
  expect((await nnc(["compile", "n.nn", "-o", "sub/n.js"])).code).toBe(0);
});

test.each([
  ["of no package", "node_modules/n.js", "{}"],
  ["whose package.json is broken", "n.js", "{"],
  ["whose package.json has no type", "n.js", "{}"],
  ["whose type is no text", "n.js", '{ "type": 1 }'],
])("a file %s is an ES module", async (_, path, json) => {
  folder({ "n.nn": net, "package.json": json });
  expect((await nnc(["compile", "n.nn", "-o", path])).code).toBe(0);
  expect(text(path)).toMatch(esm);
});

test("a classic script sets one variable", async () => {
  folder({ "small-net.nn": net });
  await nnc(["compile", "small-net.nn", "--format", "iife"]);
  await nnc(["compile", "small-net.nn", "--format", "iife", "--global-name", "Net", "-o", "other.js"]);
  expect(text("small-net.js")).toMatch(iife);
  const script = (path: string, name: string): unknown =>
    runInNewContext(`${text(path)}; [${name}.model([-4]).data[0], ${name}.create()([8]).data[0], ${name}.selfTest() <= 1, Object.keys(globalThis).filter((name) => name !== "gc").join()]`); // prettier-ignore
  expect(script("small-net.js", "smallNet")).toEqual([-1, 8, true, "smallNet"]);
  expect(script("other.js", "Net")).toEqual([-1, 8, true, "Net"]);
  expect(text("other.d.ts")).toContain("declare namespace Net {");
});

test("-o - prints the module, and so does a text from standard input", async () => {
  folder({ "n.nn": net });
  const { out, err } = await nnc(["compile", "n.nn", "-o", "-"]);
  expect(out).toMatch(esm);
  expect(err).toBe("note: no weights given, 1 parameter initialised\n");
  expect((await nnc(["compile", "-"], net)).out.replace(/.*\n.*\n/, "")).toBe(out.replace(/.*\n.*\n/, ""));
  expect((await nnc(["compile", "-", "--format", "cjs"], net)).out).toMatch(cjs);
  const large = await nnc(["compile", "-"], "Linear(200, 200)\n");
  expect(large.err).toContain("note: the weights are not printed: -o FILE writes them beside the module");
  expect(files()).toEqual(["n.nn"]);
  expect((await nnc(["compile", "-", "-o", "out/"], net)).code).toBe(0);
  expect(readdirSync("out").sort()).toEqual(["model.d.ts", "model.js"]);
});

test("the header names the command, and no text in it ends its comment", async () => {
  folder({ "n.nn": net, "it's <!--\n.nn": net });
  await nnc(["compile", "n.nn", "--seed", "3", "--force", "-o", "n.js"]);
  expect(text("n.js").split("\n").slice(1, 4)).toEqual([
    "// Generated by `nnc compile n.nn --seed 3 -o n.js`: do not edit.",
    "/* eslint-disable */",
    "",
  ]);
  expect(text("n.d.ts")).toContain("// Generated by `nnc compile n.nn --seed 3 -o n.js`: do not edit.");
  await nnc(["compile", "it's <!--\n.nn", "-o", "m.js"]);
  expect(text("m.js").split("\n")[1]).toBe(
    "// Generated by `nnc compile 'it'\\''s \\u{3c}!--\\u{a}.nn' -o m.js`: do not edit.",
  );
  expect(byImport("m.js")).toBe("-1 true");
});

test("folders that were made for a module that is not written are removed", async () => {
  const path = folder({ "n.nn": net });
  mkdirSync("there");
  writeFileSync(join(path, "there/n.js"), "mine");
  expect((await nnc(["compile", "n.nn", "-o", "there/n.js"])).code).toBe(1);
  expect(readdirSync("there")).toEqual(["n.js"]);
  expect((await nnc(["compile", "n.nn", "-o", "a/b/c.mjs"])).code).toBe(0);
  expect(readdirSync("a/b").sort()).toEqual(["c.d.mts", "c.mjs"]);
});

test("modules of two formats share their weights", async () => {
  folder({ "n.nn": "Linear(2, 1)\n" });
  await nnc(["compile", "n.nn", "--external", "-o", "n.mjs"]);
  const weights = text("n.safetensors").slice(8, 300);
  await nnc(["compile", "n.nn", "--external", "-o", "n.cjs"]);
  expect(/"nnc":"\w{16}"/.exec(text("n.safetensors").slice(8, 300))).toEqual(/"nnc":"\w{16}"/.exec(weights));
  const use = 'const fs = require("fs"); const weights = fs.readFileSync("n.safetensors"); for (const net of [require("./n.mjs"), require("./n.cjs")]) console.log(net.create({ weights })([1, 2]).data.length);'; // prettier-ignore
  const ran = execFileSync(process.execPath, ["--no-warnings", "-e", use], { encoding: "utf8" });
  expect(ran).toBe("1\n1\n");
});
