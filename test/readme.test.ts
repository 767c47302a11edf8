/**
 * Every block of the README runs, in its order, in one folder: named blocks are files, `$` lines are commands whose
 * output follows. `UPDATE_README=1 npx vitest run test/readme.test.ts` writes outputs and the table of layers anew.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { familyFacts } from "../compiler/cli/layer-facts.ts";
import { nnc } from "./cli/support.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const readme = `${root}README.md`;
const text = readFileSync(readme, "utf8");
const update = process.env["UPDATE_README"] !== undefined;

const BLOCK = /^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm;
const LAYERS = /(<!-- layers: .* -->\n)[^]*?(<!-- end -->)/;

let folder = "";
const before = process.cwd();

beforeAll(() => {
  run(process.execPath, ["scripts/setup.mjs"], root);
  folder = mkdtempSync(join(tmpdir(), "nnc-readme-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "nnc"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  // Rows of ten, for which a listing in the text would be too long.
  writeFileSync(join(folder, "rows.json"), readFileSync(`${root}examples/layernorm.input.json`));
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

test("commands and code", async () => {
  let fresh = text;
  for (const [whole, kind, name, body] of text.matchAll(BLOCK)) {
    if (name !== undefined) writeFileSync(name, body!);
    else if (kind === "console") {
      const ran = `\`\`\`console\n${await session(body!)}\`\`\``;
      fresh = fresh.replace(whole, () => ran);
    } else expect(kind, whole).toBe("sh");
  }
  if (update) writeFileSync(readme, fresh);
  else compare(fresh, text);
  expect(page()).toBe("class 1\n");
  expect(worker()).toBe("logits probs\n");
});

test("the commands of a fresh clone", () => {
  const blocks = [...text.matchAll(BLOCK)].filter(([, kind, name]) => kind === "sh" && name === undefined);
  expect(blocks.map(([, , , body]) => body)).toEqual(["npm start\nnpm test\n"]);
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    scripts: Record<string, string>;
  };
  // This is a part of it.
  expect(scripts["test"]).toBe("node scripts/setup.mjs && vitest run");
  const { out } = run("npm", ["start"], root);
  for (const line of [
    "tensor([-1.6906,  0.0171,",
    "tensor([0.0000, 0.0171,",
    "npx nnc run examples/layernorm.nn",
  ])
    expect(out).toContain(line);
});

test("the table of layers", () => {
  const table = layers();
  if (update)
    writeFileSync(
      readme,
      readFileSync(readme, "utf8").replace(LAYERS, (_, start, end) => start + table + end),
    );
  else expect(LAYERS.exec(text)![0], "UPDATE_README=1 writes it").toContain(table);
});

/** The commands of a session with what they print. */
async function session(body: string): Promise<string> {
  const commands = [...body.matchAll(/^\$ (.*)$/gm)].map((match) => match[1]!);
  expect(commands.length).toBeGreaterThan(0);
  const parts: string[] = [];
  for (const command of commands) parts.push(`$ ${command}\n${await output(command)}`);
  return parts.join("");
}

async function output(command: string): Promise<string> {
  const [program, ...args] = command.split(" ");
  if (program === "npx" && args[0] === "nnc") {
    const { out, err } = await nnc(args.slice(1));
    return err + out;
  }
  expect(program).toBe("node");
  const [file] = args;
  if (!file!.endsWith(".ts")) return run(process.execPath, [file!], folder).out;
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const flags = "--strict --target es2023 --module nodenext --skipLibCheck --types node --typeRoots".split(
    " ",
  );
  run(process.execPath, [tsc, ...flags, `${root}node_modules/@types`, file!], folder);
  return run(process.execPath, [file!.replace(/ts$/, "js")], folder).out;
}

const SIZE = / {2}(\d+\.\d) kB$/gm;

/** Sizes of modules follow every change of the printer, and may be off by a quarter. */
function compare(got: string, want: string): void {
  const mask = (one: string): string => one.replaceAll(SIZE, "  … kB");
  expect(mask(got), "UPDATE_README=1 writes it").toBe(mask(want));
  const [now, then] = [got, want].map((one) => [...one.matchAll(SIZE)].map((match) => Number(match[1])));
  now!.forEach((size, i) => expect(Math.abs(size / then![i]! - 1), `${size} kB`).toBeLessThan(0.25));
}

/** The page's script, with a document of one element. */
function page(): string {
  const script = /<script type="module">\n([^]*?)<\/script>/.exec(readFileSync("index.html", "utf8"))![1]!;
  writeFileSync("page.mjs", script);
  const stub = "const element = {}; globalThis.document = { querySelector: () => element };";
  return evaluate(`${stub} await import("./page.mjs"); console.log(element.textContent);`);
}

/** The worker, with a fetch that reads files. */
function worker(): string {
  const stub = `
    import { readFile } from "node:fs/promises";
    globalThis.onmessage = undefined;
    globalThis.fetch = async (path) => new Response(await readFile(path));
    globalThis.postMessage = (result) => console.log(Object.keys(result).join(" "));`;
  return evaluate(
    `${stub} await import("./worker.js"); await globalThis.onmessage({ data: [[1, 2, 3, 4]] });`,
  );
}

function evaluate(code: string): string {
  return run(process.execPath, ["--input-type=module", "-e", code], folder).out;
}

function run(program: string, args: readonly string[], cwd: string): { out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return { out: stdout };
}

/** A row for each family. Prettier would make all rows as wide as the widest. */
function layers(): string {
  const rows = familyFacts().map(({ title, layers }) => {
    const names = layers.map(({ name, aliases, signature }) => {
      const also = aliases.length === 0 ? "" : ` (${aliases.join(", ")})`;
      return signature.startsWith(name) ? name + also : `\`${signature}\``;
    });
    return `| ${title} | ${names.join(", ")} |\n`;
  });
  const table = `| family | layers |\n| --- | --- |\n${rows.join("")}`;
  return `\n<!-- prettier-ignore-start -->\n${table}<!-- prettier-ignore-end -->\n\n`;
}
