/**
 * Every block of the README runs, in its order, in one folder: named blocks are files, `$` lines are commands whose
 * output follows. `UPDATE_README=1 npx vitest run test/readme.test.ts` writes outputs and tables anew.
 */
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { familyFacts } from "../compiler/cli/layer-facts.ts";
import { nnc } from "./cli/support.ts";
import { measured } from "./measured.ts";
import { blocksOf, scriptsOf, session, unnamedFiles } from "./page.ts";
import { transcript, typedIn } from "./repl/support.ts";
import { lacking, launch } from "./web/chromium.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const readme = `${root}README.md`;
const text = readFileSync(readme, "utf8");
const blocks = blocksOf(text);
const update = process.env["UPDATE_README"] !== undefined;

/** Blocks that are neither files nor sessions, and the test that is about them. */
const shown: Readonly<Record<string, string>> = {
  sh: "the commands of a fresh clone",
  text: "the commands of a fresh clone",
};

let folder = "";
const before = process.cwd();

beforeAll(() => {
  run(process.execPath, ["scripts/setup.mjs"], root);
  folder = mkdtempSync(join(tmpdir(), "nnc-readme-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "nnc"), "junction");
  // As `npm init -y` writes it.
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

test("files and sessions", async () => {
  let fresh = text;
  for (const block of blocks) {
    const { kind, name, body, whole } = block;
    if (name !== undefined) writeFileSync(name, body);
    else if (kind === "console" || kind === "session") {
      const ran =
        kind === "console"
          ? await session(block, output)
          : `\`\`\`session\n${await transcript(typedIn(body))}\`\`\``;
      fresh = fresh.replace(whole, () => ran);
    } else expect(Object.keys(shown), whole).toContain(kind);
  }
  if (update) writeFileSync(readme, fresh);
  else compare(fresh, text);
  expect(page()).toBe("class 1\n");
  expect(worker()).toBe("logits probs\n");
});

test("a file is called by its name before it is shown, since pages do not show what stands after a fence", () => {
  expect(unnamedFiles(text)).toEqual([]);
});

test("commands in sentences and tables", async () => {
  const commands = [...text.matchAll(/`nnc ([^`]*)`/g)].map(([, words]) => words!);
  expect(commands.length).toBeGreaterThan(8);
  const examples: Readonly<Record<string, string>> = {
    NET: "classifier.nn",
    OLD: "classifier.nn",
    NEW: "layernorm.nn",
    NAME: "ReLU",
  };
  for (const command of commands) {
    const words = command.split(" ").map((word) => examples[word] ?? word);
    const { code, err } = await nnc(words.length === 1 ? ["help", ...words] : words);
    expect(code, `nnc ${words.join(" ")}\n${err}`).toBe(0);
  }
});

describe.skipIf(lacking !== undefined && process.env["CI"] === undefined)("in Chromium", () => {
  test("the page, under its policy, and the worker", async () => {
    const types: Readonly<Record<string, string>> = {
      html: "text/html",
      js: "text/javascript",
      mjs: "text/javascript",
    };
    const server = createServer(({ url }, response) => {
      const name = url!.slice(1);
      const type = types[name.split(".")[1]!] ?? "application/octet-stream";
      if (/^[\w.]+$/.test(name) && existsSync(name))
        response.writeHead(200, { "content-type": type }).end(readFileSync(name));
      else response.writeHead(404).end();
    });
    await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
    const browser = await launch();
    try {
      const tab = await browser.newPage();
      const refused: string[] = [];
      tab.on("console", (message) => refused.push(message.text()));
      tab.on("pageerror", (error) => refused.push(String(error)));
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
      await expect.poll(() => tab.textContent("#result"), { timeout: 120_000 }).toBe("class 1");
      const names = await tab.evaluate(`new Promise((resolve) => {
        const worker = new Worker("worker.js", { type: "module" });
        worker.onmessage = ({ data }) => resolve(Object.keys(data));
        worker.postMessage([[1, 2, 3, 4]]);
      })`);
      expect(names).toEqual(["logits", "probs"]);
      expect(refused.filter((line) => !line.includes("favicon"))).toEqual([]);
    } finally {
      await browser.close();
      server.close();
    }
  });
});

test("the commands of a fresh clone", () => {
  expect(blocks.filter(({ kind }) => kind === "sh").map(({ body }) => body)).toEqual([
    "npm start\nnpm test\n",
  ]);
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    scripts: Record<string, string>;
  };
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(scriptsOf(text)));
  // This is a part of it.
  expect(scripts["test"]).toBe("node scripts/setup.mjs && vitest run");
  const { out } = run("npm", ["start"], root);
  const pictures = blocks.filter(({ kind }) => kind === "text").map(({ body }) => body);
  expect(pictures.length).toBe(1);
  for (const line of [
    "tensor([-1.6906,  0.0171,",
    "tensor([0.0000, 0.0171,",
    "npx nnc run examples/layernorm.nn",
    ...pictures,
  ])
    expect(out).toContain(line);
});

test("the table of layers", () => keep("layers", layers()));

test("the table of what was measured", async () => {
  const results = `${root}test/bench/RESULTS.md`;
  // Until the first whole run there is nothing to show.
  keep("measured", existsSync(results) ? `\n${await measured(readFileSync(results, "utf8"))}\n` : "\n");
});

test("what was measured is told as the results have it", async () => {
  expect(await measured(RESULTS)).toMatchInlineSnapshot(`
    "|                                                       |     nnc | ORT-web |
    | :---------------------------------------------------- | ------: | ------: |
    | \`LayerNorm(10) -> PReLU\`: what is loaded, gzipped     | 1.94 kB | 3.71 MB |
    | \`LayerNorm(10) -> PReLU\`: from import to first result | 2.00 ms |  400 ms |
    | LayerNorm(10) -> PReLU, 1 row                         |  100 ns | 10.0 µs |
    | GELU, 4 M values                                      | 20.0 ms | 30.0 ms |
    | MLP, 1 row                                            | 20.0 µs |         |

    Times are of one call, unless the row says otherwise; measured on 2030-12-31: A processor, 2 cores, one thread each; linux x64; Node.js 22.0.0 (V8 12). \`test/bench/RESULTS.md\` has the noise, the versions and more rows.
    "
  `);
  await expect(measured(RESULTS.replace("- 2030", "- --quick: too few\n- 2030"))).rejects.toThrow(
    "not to be quoted",
  );
  await expect(measured(RESULTS.replace("## Size", "## Sizes"))).rejects.toThrow("no section Size");
});

const RESULTS = `# Results

- 2030-12-31, \`npm run bench\`
- A processor, 2 cores, one thread each; linux x64
- Node.js 22.0.0 (V8 12)
- nnc 0.1.0, ORT-web 1.0.0, brain.js 1.6.1

## Peers

Time a call.

|                               |          nnc |       ORT-web | brain.js |
| :---------------------------- | -----------: | ------------: | -------: |
| LayerNorm(10) -> PReLU, 1 row | 100 ns ± 1 % | 10.0 µs ± 3 % |          |
| GELU, 4 M values              | 20.0 ms ± 1 % | 30.0 ms ± 3 % |          |
| MLP, 1 row                    | 20.0 µs ± 1 % |               |   1.0 ms |

The speed of nnc.

|                               | ORT-web | brain.js |
| :---------------------------- | ------: | -------: |
| LayerNorm(10) -> PReLU, 1 row |    100× |          |

## Start

The net is LayerNorm(10) -> PReLU, 1 row.

|               | import to first result | whole process |
| :------------ | ---------------------: | ------------: |
| Node.js alone |                        | 50.0 ms ± 1 % |
| nnc           |          2.00 ms ± 5 % | 52.0 ms ± 1 % |
| ORT-web       |           400 ms ± 9 % |  450 ms ± 6 % |

## Size

|                             |   bytes |    gzip |
| :-------------------------- | ------: | ------: |
| nnc: LayerNorm(10) -> PReLU | 5.07 kB | 1.94 kB |
| ORT-web, all of it          | 14.3 MB | 3.71 MB |
`;

/** Holds the README's part between the marks of this name against what it should be, or writes it. */
function keep(name: string, part: string): void {
  const marks = new RegExp(`(<!-- ${name}: .* -->\n)([^]*?)(<!-- end -->)`);
  const now = readFileSync(readme, "utf8");
  if (update)
    writeFileSync(
      readme,
      now.replace(marks, (_, start, __, end) => start + part + end),
    );
  else expect(marks.exec(now)![2], "UPDATE_README=1 writes it").toBe(part);
}

async function output(command: string): Promise<string> {
  const [program, ...args] = command.split(" ");
  if (program === "npx" && args[0] === "nnc") {
    const { out, err } = await nnc(args.slice(1));
    return err + out;
  }
  if (program === "npx") return run(`${root}node_modules/.bin/${args[0]}`, args.slice(1), folder).out;
  expect(program).toBe("node");
  const [file] = args;
  if (!file!.endsWith(".mts")) return run(process.execPath, [file!], folder).out;
  const flags = "--strict --target es2023 --module nodenext --skipLibCheck --types node --typeRoots".split(
    " ",
  );
  run(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, ...flags, `${root}node_modules/@types`, file!],
    folder,
  );
  return run(process.execPath, [file!.replace(/mts$/, "mjs")], folder).out;
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
  const stub = "const element = {}; globalThis.document = { querySelector: () => element };";
  return evaluate(`${stub} await import("${asModule("page.js")}"); console.log(element.textContent);`);
}

/** The worker, with a fetch that reads files. */
function worker(): string {
  const stub = `
    import { readFile } from "node:fs/promises";
    globalThis.onmessage = undefined;
    globalThis.fetch = async (path) => new Response(await readFile(path));
    globalThis.postMessage = (result) => console.log(Object.keys(result).join(" "));`;
  return evaluate(
    `${stub} await import("${asModule("worker.js")}"); await globalThis.onmessage({ data: [[1, 2, 3, 4]] });`,
  );
}

/** What a browser is told to be a module, Node.js is told by a name. */
function asModule(script: string): string {
  const copy = script.replace(".js", ".copy.mjs");
  copyFileSync(script, copy);
  return `./${copy}`;
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
