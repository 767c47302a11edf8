/** No regular expression has two ways to match the same text: each takes a time that grows with the text. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RegExpParser, visitRegExpAST } from "@eslint-community/regexpp";
import { parse } from "acorn";
import { simple } from "acorn-walk";
import { build, transform } from "esbuild";
import { getFirstConsumedChar } from "regexp-ast-analysis";
import { analyse } from "scslre";
import { expect, test } from "vitest";
import { emit } from "../compiler/index.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

interface Pattern {
  readonly source: string;
  readonly flags: string;
}

function literalsIn(script: string): Pattern[] {
  const found: Pattern[] = [];
  simple(parse(script, { ecmaVersion: "latest", sourceType: "module" }), {
    Literal: (node) => {
      const { regex } = node;
      if (regex) found.push({ source: regex.pattern, flags: regex.flags });
    },
  });
  return found;
}

/** What makes the time grow faster than the text, in words. */
function slow(pattern: Pattern): string[] {
  return [...fromQuantifiers(pattern), ...fromAlternatives(pattern)];
}

/** Of `(a|ab)*`: each alternative of what is repeated begins with characters of its own. */
function fromAlternatives({ source, flags }: Pattern): string[] {
  const wrong: string[] = [];
  const literal = new RegExpParser().parseLiteral(`/${source || "(?:)"}/${flags}`);
  visitRegExpAST(literal, {
    onQuantifierEnter: ({ max, element, raw }) => {
      if (max !== Infinity || !("alternatives" in element)) return;
      const first = element.alternatives.map((one) => getFirstConsumedChar(one, "ltr", literal.flags).char);
      if (first.some((one, i) => first.slice(i + 1).some((other) => !one.isDisjointWith(other))))
        wrong.push(`/${source}/${flags}: two alternatives of ${raw} begin alike`);
    },
  });
  return wrong;
}

function fromQuantifiers({ source, flags }: Pattern): string[] {
  const { reports } = analyse({ source, flags }, { reportTypes: { Move: !flags.includes("y") } });
  return reports.map(({ type, character, exponential }) => {
    return `/${source}/${flags}: ${exponential ? "exponential" : type} with many ${JSON.stringify(character.pick)}`;
  });
}

const sources = ["grammar", "compiler", "runtime", "scripts"].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

test("those of the sources", async () => {
  let count = 0;
  const wrong: string[] = [];
  for (const path of sources) {
    const { code } = await transform(readFileSync(root + path, "utf8"), { loader: "ts" });
    for (const pattern of literalsIn(code)) {
      count++;
      wrong.push(...slow(pattern).map((text) => `${path} ${text}`));
    }
  }
  expect(count).toBeGreaterThan(80);
  expect(wrong).toEqual([]);
});

test("those that are put together of texts", async () => {
  const texts = sources.map((path) => readFileSync(root + path, "utf8"));
  const calls = texts.flatMap((text) => [...text.matchAll(/\bRegExp\(/g)]).length;
  const makers = sources.filter((_, i) => texts[i]!.includes("RegExp("));
  const made: Pattern[] = [];
  const { outputFiles } = await build({
    stdin: {
      contents: makers.map((path, i) => `export * as from${i} from "./${path}";`).join("\n"),
      resolveDir: root,
    },
    bundle: true,
    format: "iife",
    define: { RegExp: "made" },
    write: false,
  });
  class Made {
    constructor(source: string, flags = "") {
      made.push({ source, flags });
    }
  }
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is our own
  new Function("made", outputFiles[0]!.text)(Made);
  expect(made).toHaveLength(calls);
  expect(made.flatMap(slow)).toEqual([]);
});

test("those of emitted modules", () => {
  const net = `model M { input x: f32[N, 3]; input i: i32[N]; input c: bool[N]
    output y = [x, x] -> Concat -> Linear(3, 2) -> BatchNorm1d(2), z = i -> Embedding(3, 2), c }`;
  const texts = [{}, { external: true }, { mode: "train" }] as const;
  const patterns = texts.flatMap((options) => literalsIn(emit(net, options).code));
  expect(patterns.flatMap(slow)).toEqual([]);
});

test("the analysis finds what is wrong", () => {
  const found = (source: string, flags = ""): number => slow({ source, flags }).length;
  expect(found(String.raw`"(?:[^"\\]+|\\.)*"`, "sy")).toBe(1);
  expect(found("(a|aa)*b", "y")).toBe(1);
  expect(found(String.raw`\d*\w*!`, "y")).toBe(1);
  expect(found(String.raw`\s+$`)).toBe(1);
  expect(found(String.raw`"(?:[^"\\]|\\.)*"`, "sy")).toBe(0);
});
