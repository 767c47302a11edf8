/**
 * ARCHITECTURE.md names what there is, and its instructions are enough: they are followed, block by block, in a copy of
 * the repository. `UPDATE_ARCHITECTURE=1 npx vitest run test/architecture.test.ts` writes what its commands print anew.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { passNames } from "../compiler/pipeline/pipeline.ts";
import { blocksOf, commandsOf, scriptsOf, session, unnamedFiles } from "./page.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const path = `${root}ARCHITECTURE.md`;
const page = readFileSync(path, "utf8");
const blocks = blocksOf(page);

/** Folders and files, relative to the root. */
function under(folder: string): { folders: string[]; files: string[] } {
  const found = { folders: [`${folder}/`], files: [] as string[] };
  for (const entry of readdirSync(root + folder, { withFileTypes: true })) {
    if (/^(node_modules|dist|\..*)$/.test(entry.name)) continue;
    if (!entry.isDirectory()) found.files.push(`${folder}/${entry.name}`);
    else {
      const inner = under(`${folder}/${entry.name}`);
      found.folders.push(...inner.folders);
      found.files.push(...inner.files);
    }
  }
  return found;
}

const code = ["grammar", "compiler", "runtime"].map(under);
const others = ["scripts", "examples", "test"].map(under);

test("every folder of code is on the map, and what is on the map is there", () => {
  const folders = [...code, ...others].flatMap((part) => part.folders);
  const wanted = [...code.flatMap((part) => part.folders), ...others.map(({ folders: [top] }) => top!)];
  expect(wanted.filter((folder) => !page.includes(`\`${folder}\``))).toEqual([]);
  const named = [...page.matchAll(/`((?:grammar|compiler|runtime|scripts|examples|test)\/[\w/-]*\/)`/g)];
  expect(named.map(([, folder]) => folder).filter((folder) => !folders.includes(folder!))).toEqual([]);

  const made = blocks.flatMap(({ name }) => name ?? []);
  const files = [...[...code, ...others].flatMap((part) => part.files), ...readdirSync(root), ...made];
  const words = [...page.matchAll(/`([\w./-]+\.(?:ts|mjs|md|json))`/g)].map(([, word]) => word!);
  expect(words.filter((word) => !files.some((file) => `/${file}`.endsWith(`/${word}`)))).toEqual([]);
  expect(words.length).toBeGreaterThan(40);
});

test("its passes are those of the pipeline, in their order", () => {
  const { body } = blocks.find(({ kind }) => kind === "text")!;
  const words = body.match(/[\w-]+/g)!.filter((word) => passNames.includes(word));
  expect(words).toEqual(passNames);
});

test("dependencies have their reasons, and scripts are there", () => {
  const own = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Record<string, object>;
  expect(Object.keys(own["scripts"]!)).toEqual(expect.arrayContaining(scriptsOf(page)));
  const names = ["dependencies", "devDependencies"].flatMap((kind) => Object.keys(own[kind]!));
  const section = /^## Dependencies[^]*?(?=^## )/m.exec(page)![0];
  const given = [...section.matchAll(/\*\*(\S+)\*\*/g)].map(([, name]) => name!);
  expect(given.sort()).toEqual(names.sort());
});

test("a file is called by its name before it is shown, since pages do not show what stands after a fence", () => {
  expect(unnamedFiles(page)).toEqual([]);
});

/** Blocks that neither make a file nor change one nor run, and the test that is about them. */
const shown: Readonly<Record<string, string>> = {
  text: "its passes are those of the pipeline, in their order",
};

let copy = "";
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "nnc-architecture-"));
  const left = /^(node_modules|dist|\..*|examples.(digits|nets|web)|test.(bench|fixtures|web))$/;
  for (const name of readdirSync(root).filter((part) => !left.test(part)))
    cpSync(root + name, join(copy, name), {
      recursive: true,
      filter: (source) => !left.test(source.slice(root.length)),
    });
  symlinkSync(`${root}node_modules`, join(copy, "node_modules"), "junction");
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test("its instructions are enough", async () => {
  for (const { kind, name, body, whole } of blocks) {
    if (name === undefined) expect(["console", "sh", ...Object.keys(shown)], whole).toContain(kind);
    else if (kind === "diff") change(join(copy, name), body);
    else {
      mkdirSync(dirname(join(copy, name)), { recursive: true });
      writeFileSync(join(copy, name), body, { flag: "wx" });
    }
  }
  run("npx tsc -p .");
  together(blocks.flatMap((block) => (block.kind === "sh" ? commandsOf(block) : []))).forEach(run);
  let fresh = page;
  for (const block of blocks) {
    if (block.kind !== "console") continue;
    const now = await session(block, run);
    fresh = fresh.replace(block.whole, () => now);
  }
  if (process.env["UPDATE_ARCHITECTURE"] !== undefined) writeFileSync(path, fresh);
  else expect(fresh, "UPDATE_ARCHITECTURE=1 writes it").toBe(page);
});

/** A diff without line numbers: what it begins with and takes away must stand in the file once. */
function change(file: string, diff: string): void {
  let text = readFileSync(file, "utf8");
  for (const hunk of diff.split(/^@@\n/m)) {
    const side = (other: string): string =>
      hunk.replaceAll(new RegExp(`^[${other}].*\n`, "gm"), "").replaceAll(/^[ +-]/gm, "");
    const [before, after] = [side("+"), side("-")];
    expect(text.split(before).length - 1, `${file}:\n${before}`).toBe(1);
    text = text.replace(before, () => after);
  }
  writeFileSync(file, text);
}

/** Runs of tests by name become one, since starting takes longer than they do. */
function together(commands: readonly string[]): string[] {
  const runs = commands.flatMap((command) => {
    const match = /^npx vitest run (\S+) -t (\S+)( -u)?$/.exec(command);
    return match ? [match] : [];
  });
  const part = (at: number, between: string): string =>
    [...new Set(runs.map((match) => match[at] ?? ""))].join(between);
  const others = commands.filter((command) => !runs.some(([whole]) => whole === command));
  return [...others, `npx vitest run ${part(1, " ")} -t ${part(2, "|")}${part(3, "")}`];
}

/** The programs that `npx` finds in the copy. */
const programs: Readonly<Record<string, string>> = {
  nnc: "dist/compiler/cli/main.js",
  tsc: "node_modules/typescript/bin/tsc",
  vitest: "node_modules/vitest/vitest.mjs",
};

function run(command: string): string {
  const [program, ...args] = command
    .replace(/^npx (\w+)/, (_, name: string) => `node ${programs[name]}`)
    .split(" ");
  expect(program, command).toBe("node");
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
  return stderr + stdout;
}
