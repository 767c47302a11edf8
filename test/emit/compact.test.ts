/** Compact text is the same program: only blanks, comments and the names of its own variables differ. */
import { parse } from "acorn";
import { describe, expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { moduleText } from "../../compiler/emit/host/module.ts";
import { compact } from "../../compiler/emit/js/compact.ts";
import type { CompileOptions } from "../../compiler/index.ts";
import { allRecords } from "../../compiler/layers/index.ts";
import { everyday } from "../everyday.ts";

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

const parsed = (text: string): Node =>
  parse(text, { ecmaVersion: 2023, sourceType: "module" }) as unknown as Node;
const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";

/** Fields that are not what a program means. */
const IGNORED = new Set(["start", "end", "shorthand"]);

/** A program in a form in which declarations that are one, or several in a row, are equal. */
function simple(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown) => {
      if (!isNode(one) || one.type !== "VariableDeclaration") return [simple(one)];
      return (one["declarations"] as unknown[]).map((part) => simple({ ...one, declarations: [part] }));
    });
  }
  if (!isNode(value)) return value instanceof RegExp || typeof value === "bigint" ? String(value) : value;
  const fields = Object.entries(value).filter(([key]) => !IGNORED.has(key));
  return Object.fromEntries(fields.map(([key, field]) => [key, simple(field)]));
}

/** The names that stand for variables, in order; each is replaced by its number. */
function withoutNames(node: unknown): { shape: string; names: string[] } {
  const names: string[] = [];
  const walk = (value: unknown, isKey = false): unknown => {
    if (Array.isArray(value)) return value.map((one) => walk(one));
    if (typeof value !== "object" || value === null) return value;
    const { type, computed } = value as { type?: string; computed?: boolean };
    if (type === "Identifier" && !isKey) return { variable: names.push((value as { name: string }).name) };
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [
        key,
        walk(field, computed === false && (key === "key" || key === "property")),
      ]),
    );
  };
  return { shape: JSON.stringify(walk(node)), names };
}

/** The definitions of a program's top level, and the names that they are. */
function definitionsOf(text: string): { bodies: unknown[]; names: string[] } {
  const bodies = simple(parsed(text)["body"]) as Node[];
  const names = bodies.flatMap((body) => {
    const node = (body["declaration"] as Node | null | undefined) ?? body;
    const own = node.type === "FunctionDeclaration" ? [node] : ((node["declarations"] ?? []) as Node[]);
    return own.flatMap(({ id }) => withoutNames(id).names);
  });
  return { bodies, names };
}

/** Checks that two texts are one program but for names, and returns the new name of each. */
function renamed(before: string, after: string): Map<string, string> {
  const [one, other] = [definitionsOf(before), definitionsOf(after)];
  expect(other.bodies.length).toBe(one.bodies.length);
  const names = new Map<string, string>();
  one.bodies.forEach((body, place) => {
    const [made, wanted] = [withoutNames(other.bodies[place]), withoutNames(body)];
    expect(made.shape).toBe(wanted.shape);
    wanted.names.forEach((name, i) => {
      const short = made.names[i]!;
      if ((names.get(name) ?? short) !== short)
        throw new Error(`${name} is ${names.get(name)!} and ${short}`);
      names.set(name, short);
    });
    expect(new Set(made.names).size, "names of one definition stay different").toBe(
      new Set(wanted.names).size,
    );
  });
  expect(new Set(other.names).size, "definitions have different names").toBe(new Set(one.names).size);
  return names;
}

/** The short text. */
const short = (text: string, ...kept: string[]): string => compact(text, new Set(kept));

describe("texts", () => {
  test.each<[string, string, string]>([
    ["blanks and comments", "const long = 1; // one\n/* two */ use(long, /* @__PURE__ */ f());", "const a=1;\nuse(a,/* @__PURE__ */f());"],
    ["signs that would become one", "const long = 1;\nuse(long - -long, long + +long, long < !--long);", "const a=1;\nuse(a- -a,a+ +a,a< !--a);"],
    ["properties", "const data = {};\nuse(data.data, data?.data, { data: 1, data() {}, get data() { return data; } });", "const a={};\nuse(a.data,a?.data,{data:1,data(){},get data(){return a}});"],
    ["shorthands", "const value = 1;\nuse({ value }, value, value, value);", "const a=1;\nuse({value:a},a,a,a);"],
    ["shorthands that stay, as they are shorter so", "const at = 1;\nuse({ at });", "const at=1;\nuse({at});"],
    ["patterns", "const { first, second: third = first, ...others } = use(first, first, third, others, others);", "const{first:a,second:c=a,...b}=use(a,a,c,b,b);"],
    ["parameters", "function f({ first }, [second = first], ...third) { return first + first + second + third; }", "function d({first:a},[b=a],...c){return a+a+b+c}"],
    ["arrows and caught errors", "use((long) => { try { use(long) } catch (cause) { use(cause); } }, async (other) => other);", "use((a)=>{try{use(a)}catch(b){use(b)}},async(c)=>c);"],
    ["declarations in a row", "function f() { const one = 1; const two = 2; let i = 0; let j = 0; for (const k of []) use(k); const l = 1; return one; }", "function c(){const a=1,d=2;let e=0,f=0;for(const b of[])use(b);const g=1;return a}"],
    ["commas and semicolons", "use([1, 2,], [, 1], { a: 1, });\nfunction f() { for (;;); }", "use([1,2],[,1],{a:1});\nfunction a(){for(;;);}"],
    ["strings and templates", "const long = `a ${`b ${long} }`} c`;\nuse(\"long  /* */\", 'long');", "const a=`a ${`b ${a} }`} c`;\nuse(\"long  /* */\",'long');"],
    ["regular expressions and divisions", "const long = 4 / 2 / 1;\nuse(/[/\"]long/g.test(x), long / long, /a/ in x, (long) / 2);", "const a=4/2/1;\nuse(/[/\"]long/g.test(x),a/a,/a/ in x,(a)/2);"],
    ["numbers", "const long = [3n, 0xFFn, 1e-7, .5, 1.5e+3, 0x1f, 2.];\nuse(long, 3n + 4n);", "const a=[3n,0xFFn,1e-7,.5,1.5e+3,0x1f,2.];\nuse(a,3n+4n);"],
    ["names that are taken", "const long = a + b;", "const c=a+b;"],
  ])("%s", (_, before, after) => {
    expect(short(before)).toBe(after);
    if (!before.includes("use(x") && !before.includes("/a/ in")) renamed(before, after);
  }); // prettier-ignore

  test("what others use keeps its name", () => {
    expect(short("export function create(long) { return long + inputs; }\nexport const inputs = [];", "create", "inputs")).toBe(
      "export function create(a){return a+inputs}\nexport const inputs=[];",
    );
  }); // prettier-ignore

  test("there are names for thousands of variables, none of them a keyword", () => {
    const before = Array.from({ length: 5000 }, (_, i) => `let variable${i} = ${i};`).join("\n");
    const names = renamed(before, short(before));
    expect([...names.values()].every((name) => name.length <= 3)).toBe(true);
  });

  test("names of different definitions may be one, and are none that both use", () => {
    const before =
      "function first(one, two) { return third(one) + two; }\nfunction second(one, other) { return third(other) + one + first; }\nconst third = (value) => value;";
    expect(short(before)).toBe(
      "function c(a,d){return b(a)+d}\nfunction e(a,d){return b(d)+a+c}\nconst b=(a)=>a;",
    );
    renamed(before, short(before));
  });

  test("what is no token is refused", () => {
    expect(() => short("const a = 1; #")).toThrow("emitted text has #, which is no token");
    expect(() => short("const a = 1x;")).toThrow("emitted text has 1x;, which is no token");
  });
});

describe("modules", () => {
  const nets: readonly (readonly [string, CompileOptions])[] = [
    ...everyday(allRecords, 10, () => 0).flatMap(({ samples }) => samples.slice(0, 1).map(({ source }) => [source, {}] as const)),
    ["Linear(30, 40) -> BatchNorm1d(40) -> Tanh", { mode: "train" }],
    ["model M { input get: f32[N, 6]; input data: i32[N]; input a: f32[..., 6]; output of = get -> Linear(6, 40) -> Erf, set = a ** a, async = data + data }", {}],
    ["Linear(3, 3) -> Dropout(0.3)", { mode: "train", seed: 3n }],
    ["x -> LSTM(8, 16)", {}],
    ["x: f32[N, 3, 12, 12]\nx -> Conv2d(3, 16, 3) -> BatchNorm2d(16) -> MaxPool2d(2)", {}],
  ]; // prettier-ignore

  test.each(nets)("%s", (source, options) => {
    for (const target of ["wasm", "wasm,js", "js"] as const) {
      const made = (() => {
        try {
          return drive(source, { ...options, target });
        } catch (cause) {
          // A sample whose input must be declared throws an NnError.
          if ((cause as Error).name === "NnError") return undefined;
          throw cause;
        }
      })();
      if (!made) return;
      const fallback = made.fallback && { fallback: made.fallback() };
      const inside = [{ base64: "AAAA" }, { base64: "AAAA", halves: { floats: "f16", whole: [] } }] as const;
      for (const weights of [undefined, ...(fallback ? inside : [])]) {
        const shared = { header: [], selfTest: "given", seed: made.seed, ...fallback, ...(weights && { weights }) } as const;
        const before = moduleText(made.plan, shared).code;
        const { code } = moduleText(made.plan, { ...shared, isCompact: true });
        expect(code.length).toBeLessThan(before.length);
        const names = renamed(before, code);
        for (const [name, short] of names) if (name in globalThis) expect(short).toBe(name);
      }
    }
  }); // prettier-ignore
});
