/** Rules of the house that no compiler checks: who may import whom, what every file and record has. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { version } from "../compiler/index.ts";
import { combinators } from "../compiler/layers/combinators.ts";
import { allRecords, layerNames } from "../compiler/layers/index.ts";
import { passNames, passes } from "../compiler/pipeline/pipeline.ts";

const root = dirname(fileURLToPath(new URL(".", import.meta.url)));

function filesIn(folder: string, extensions: readonly string[]): string[] {
  return readdirSync(`${root}/${folder}`, { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesIn(path, extensions);
      return extensions.some((extension) => path.endsWith(extension)) ? [path] : [];
    })
    .sort();
}

function read(path: string): string {
  return readFileSync(`${root}/${path}`, "utf8");
}

const sources = ["grammar", "compiler", "runtime"].flatMap((folder) => filesIn(folder, [".ts"]));
const tests = filesIn("test", [".ts"]).filter((path) => !path.startsWith("test/golden/"));

interface Import {
  readonly from: string;
  /** A path from the root, or a package. */
  readonly to: string;
  readonly type: boolean;
}

const IMPORT = /^(?:import|export)\s(type\s)?(?:[^;"']*?\sfrom\s)?["']([^"']+)["'];/gm;
/** What is loaded when it is first needed. */
const LAZY = /\bawait import\("([^"']+)"\)/g;

function importsOf(from: string): Import[] {
  const text = read(from);
  const found = [
    ...[...text.matchAll(IMPORT)].map(([, type, to]) => ({ to: to!, type: type !== undefined })),
    ...[...text.matchAll(LAZY)].map(([, to]) => ({ to: to!, type: false })),
  ];
  // No other way in.
  expect(text.replaceAll(IMPORT, "").replaceAll(LAZY, ""), from).not.toMatch(
    /^import\b|\b(await|return) import\(|\b(import|require)\(["'`]/m,
  );
  return found.map(({ to, type }) => ({
    from,
    to: to.startsWith(".") ? posix.join(posix.dirname(from), to) : to,
    type,
  }));
}

const imports = sources.flatMap(importsOf);

/** How texts of users are shown: messages are made everywhere. */
const SHOWN = "runtime/visible.ts";

/** What a folder may import besides itself; `type` where types alone are wanted. The first rule that fits counts. */
const rules: readonly {
  readonly of: RegExp;
  readonly may: readonly RegExp[];
  readonly type?: readonly RegExp[];
}[] = [
  { of: /^grammar\/toolkit\.ts$/, may: [/^chevrotain$/] },
  { of: /^grammar\//, may: [/^grammar\//] },
  { of: /^runtime\//, may: [/^runtime\//] },
  // Nodes say where in the sources they were asked for. What a net draws at random is drawn as PyTorch does.
  { of: /^compiler\/ir\//, may: [/^compiler\/ir\//, /^grammar\/source\.ts$/, /^runtime\/random\.ts$/] },
  // Data about machines, in terms of maps and dtypes.
  { of: /^compiler\/target\//, may: [/^compiler\/target\//], type: [/^compiler\/ir\//] },
  // Bounds of random initial values are computed in one place, which the runtime offers too.
  { of: /^compiler\/layers\//, may: [/^compiler\/(ir|layers)\//, /^runtime\/init\.ts$/] },
  // Records by lookup only, so the types of a record and no family.
  {
    of: /^compiler\/passes\//,
    may: [/^compiler\/(ir|passes)\//],
    type: [/^compiler\/layers\/record\.ts$/, /^compiler\/target\/target\.ts$/],
  },
  {
    of: /^compiler\/pipeline\//,
    // And the message about sizes that grow too complicated, which `resolve` has too.
    may: [
      /^compiler\/(ir|layers|passes|target|pipeline)\//,
      /^compiler\/resolve\/index\.ts$/,
      /^grammar\/nn-error\.ts$/,
    ],
  },
  {
    // Modules carry the table of files that are given in place of weights, and name the version that made them.
    of: /^compiler\/emit\//,
    may: [/^compiler\/(ir|emit)\//, /^runtime\/(other-files|version)\.ts$/],
    type: [/^runtime\//],
  },
  {
    of: /^compiler\/resolve\//,
    may: [
      /^grammar\//,
      /^compiler\/(ir|resolve)\//,
      /^compiler\/layers\/(index|record|combinators|elsewhere|library-files|scan-steps)\.ts$/,
    ],
  },
  {
    of: /^compiler\/inspect\//,
    may: [
      /^compiler\/(ir|layers|passes|target|pipeline|inspect)\//,
      /^grammar\/source\.ts$/,
      /^(@viz-js\/viz|diff)$/,
    ],
  },
  {
    of: /^compiler\/weights\//,
    may: [/^(grammar|runtime)\//, /^compiler\/(ir|weights)\//, /^compiler\/inspect\/text\.ts$/],
  },
  { of: /^compiler\/cli\//, may: [/^(grammar|compiler|runtime)\//, /^commander$/, /^node:/] },
  { of: /^compiler\/(drive\/[\w-]+|index)\.ts$/, may: [/^(grammar|runtime)\//, /^compiler\/(?!cli\/)/] },
];

test("the compiler is in rooms: no file but index.ts lies loose", () => {
  expect(sources.filter((path) => /^compiler\/[^/]+$/.test(path))).toEqual(["compiler/index.ts"]);
});

test("one file name means one thing", () => {
  // The file of a command is named as the command, whatever else has that name.
  const named = sources.filter((path) => !/^compiler\/cli\/commands\/|\/index\.ts$/.test(path));
  expect(severalOf(named, (path) => posix.basename(path))).toEqual([]);
});

test("one exported name means one thing", () => {
  // Three vocabularies have names of their own: those of the language (tokens, the syntax tree) and those of the layers.
  const vocabulary = /^grammar\/(tokens|ast)\.ts$/;
  const layers = new Set(
    exportsOf(filesIn("compiler/layers", [".ts"])).filter(({ text }) => /: LayerRecord\b/.test(text)),
  );
  const all = exportsOf(sources.filter((path) => !vocabulary.test(path) && path !== "compiler/index.ts"));
  const others = all.filter(
    ({ path, name }) => ![...layers].some((layer) => layer.path === path && layer.name === name),
  );
  const twice = severalOf(others, ({ name }) => name);
  // In the compiler a tensor is a value of a graph, in the runtime its numbers.
  expect(twice.map((found) => found.map(({ path, name }) => `${name} in ${path}`))).toEqual([
    ["Tensor in compiler/ir/graph/builder.ts", "Tensor in runtime/tensor.ts"],
  ]);
  // So no import needs to rename.
  const renamed = sources.filter((path) => /^import [^;]*\{[^;}]*\w as \w[^;}]*\}/m.test(read(path)));
  expect(renamed).toEqual([]);
});

/** The lists of items that have one key, where there are several. */
function severalOf<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  const found = new Map<string, Item[]>();
  for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item]);
  return [...found.values()].filter((list) => list.length > 1);
}

/** What files declare and export. Emitted texts, which have exports too, are in template strings. */
function exportsOf(
  paths: readonly string[],
): { readonly path: string; readonly name: string; readonly text: string }[] {
  const EXPORT =
    /^export (?:abstract )?(?:async )?(?:const|function\*?|class|interface|type|enum) (\w+)\b.*/gm;
  return paths.flatMap((path) =>
    [
      ...read(path)
        .replaceAll(/`[^`]*`/g, "``")
        .matchAll(EXPORT),
    ].map(([text, name]) => ({ path, name: name!, text })),
  );
}

test("imports run one way", () => {
  const wrong = imports.filter(({ from, to, type }) => {
    if (to === SHOWN) return false;
    const rule = rules.find(({ of }) => of.test(from));
    return !rule || ![...rule.may, ...(type ? (rule.type ?? []) : [])].some((allowed) => allowed.test(to));
  });
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  expect(imports.length).toBeGreaterThan(300);
});

test("imports run in no circle, those of types included", () => {
  const next = new Map(sources.map((path) => [path, new Set<string>()]));
  for (const { from, to } of imports) if (next.has(to)) next.get(from)!.add(to);
  expect(sources.filter((path) => reachable(next, path).has(path))).toEqual([]);
  expect(reachable(next, "compiler/index.ts").size).toBeGreaterThan(100);
});

/** The files that a file imports, directly or through others. */
function reachable(next: ReadonlyMap<string, ReadonlySet<string>>, from: string): Set<string> {
  const found = new Set<string>();
  const waiting = [...next.get(from)!];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path) || !next.has(path)) continue;
    found.add(path);
    waiting.push(...next.get(path)!);
  }
  return found;
}

test("records by names of users have no prototype", () => {
  const found = sources.filter((path) => /: (Record<string, [^=]*|State) = \{\}/.test(code(path)));
  expect(found).toEqual([]);
  // Every name is on a prototype's object: `in` asks for more than what is there.
  const asked = sources.filter((path) =>
    /\b[\w.]+ in [a-z][\w.]*(args|given|record|weights|state)\b/.test(code(path)),
  );
  expect(asked).toEqual([]);
});

test("texts within emitted text are written by one function", () => {
  const found = sources.filter(
    (path) => path.startsWith("compiler/emit/") && read(path).includes("JSON.stringify("),
  );
  // The other writes numbers.
  expect(found).toEqual(["compiler/emit/host/support.ts", "compiler/emit/js/print-kernel.ts"]);
});

test("files are written by one module", () => {
  // What reads, watches, or writes to a stream that is open; all else makes or changes files.
  const harmless = /^(type \w+|existsSync|readdirSync|realpathSync|statSync|watch|writeSync)$/;
  const found = sources
    .filter((path) => path !== "compiler/cli/write.ts")
    .flatMap((path) => {
      const text = read(path);
      const named = [...text.matchAll(/import\s*\{([^}]*)\}\s*from "node:fs"/g)].flatMap(([, names]) =>
        names!.split(","),
      );
      const others = [
        ...text.matchAll(/^import (?!\{[^}]*\} from "node:fs";).*"(node:)?fs(\/promises)?"/gm),
      ].map(([line]) => line);
      const got = [...text.matchAll(/\bfs\.(\w+)\(/g)].map(([, name]) => name!);
      // The library opens files to read them.
      const reading = [
        "openSync",
        "closeSync",
        "fstatSync",
        "readFileSync",
        "readSync",
        "existsSync",
        "realpathSync",
        "statSync",
      ];
      return [
        ...named.map((name) => name.trim()).filter((name) => name !== "" && !harmless.test(name)),
        ...others,
        ...got.filter((name) => !(path === "compiler/drive/source-files.ts" && reading.includes(name))),
      ].map((what) => `${path}: ${what}`);
    });
  expect(found).toEqual([]);
  expect(read("compiler/drive/source-files.ts").match(/openSync\(.*/g)).toEqual([
    "openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));",
  ]);
});

test("imports are of files that are there", () => {
  const inside = imports.filter(({ to }) => /^(grammar|compiler|runtime)\//.test(to));
  expect(inside.filter(({ to }) => !sources.includes(to))).toEqual([]);
});

test("packages that are imported are dependencies, and the other way round", () => {
  const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
  // What the build puts into the package is none of them.
  const bundled = ["chevrotain"];
  const packages = imports
    .map(({ to }) => to)
    .filter((to) => !/^(grammar|compiler|runtime)\/|^node:/.test(to));
  expect([...new Set(packages)].sort()).toEqual([...Object.keys(dependencies), ...bundled].sort());
});

test("every record is documented and sampled", () => {
  expect(allRecords.filter(({ doc }) => !/^[^\n]{2,}$/.test(doc)).map(({ name }) => name)).toEqual([]);
  // Subscripts are syntax: their samples would be no calls; test/layers covers them. The initial values of
  // parameters compute nothing in a graph.
  const few = allRecords.filter(({ samples, hidden, init }) => samples.length < 3 && !hidden && !init);
  expect(few.map(({ name }) => name)).toEqual([]);
  for (const { doc } of combinators.values()) expect(doc.length).toBeGreaterThan(5);
});

test("every pass says why it stands where it stands", () => {
  expect(passes.filter(({ order }) => order.length === 0)).toEqual([]);
  for (const { name, order } of passes)
    for (const { because } of order) expect(because, name).toMatch(/^[^A-Z].* .* .*[^.]$/);
  expect(new Set(passNames).size).toBe(passNames.length);
});

test("every code of a diagnostic is in a test or golden", () => {
  const codes = new Set(sources.flatMap((path) => read(path).match(/\bNN\d{4}\b/g) ?? []));
  const said = filesIn("test", [".ts", ".txt", ".snap"])
    .filter((path) => path !== "test/tidy.test.ts")
    .map(read)
    .join("\n");
  expect([...codes].filter((code) => !said.includes(code))).toEqual([]);
  expect(codes.size).toBeGreaterThan(50);
});

/** Source text without comments. Good for our own, where no string holds their marks. */
function code(path: string): string {
  return read(path).replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}

test("layers are known by name in their folder only", () => {
  const layers = new Set([...layerNames, ...combinators.keys()]);
  // Kinds of tokens, and the name of JavaScript's own constructor.
  const others = new Set(["Constant", "Dot", "Floor"]);
  const found = sources
    .filter((path) => !path.startsWith("compiler/layers/"))
    .flatMap((path) =>
      [...code(path).matchAll(/(["'`])(\w+)\1/g)]
        .map(([, , word]) => word!)
        .filter((word) => layers.has(word) && !(path.startsWith("grammar/") && others.has(word)))
        .map((word) => `${path}: ${word}`),
    );
  expect(found).toEqual([]);
});

test("files can be read in one sitting", () => {
  const long = [...sources, ...tests].filter((path) => read(path).split("\n").length > 550);
  expect(long).toEqual([]);
});

test("files say what they are", () => {
  // The first thing but imports is a comment.
  const silent = sources.filter((path) => {
    const text = read(path)
      .replace(/^#!.*\n/, "")
      .replaceAll(IMPORT, "");
    return !/^\s*\/[*/]/.test(text);
  });
  expect(silent).toEqual([]);
});

test("nothing is put off in the text", () => {
  const words = /\b(TODO|FIXME|XXX|HACK)\b/;
  const pages = readdirSync(root).filter((name) => name.endsWith(".md"));
  const all = [
    ...sources,
    ...tests,
    ...pages,
    ...filesIn("scripts", [".mjs"]),
    ...filesIn("examples", [".nn"]),
  ];
  expect(all.filter((path) => path !== "test/tidy.test.ts" && words.test(read(path)))).toEqual([]);
});

test("names of files are in kebab case", () => {
  expect([...sources, ...tests].filter((path) => !/^[a-z0-9/.-]+$/.test(path))).toEqual([]);
});

test("one version", () => {
  const lock = JSON.parse(read("package-lock.json")) as { version: string };
  const own = JSON.parse(read("package.json")) as { version: string };
  expect([version, lock.version]).toEqual([own.version, own.version]);
});
