/**
 * V8 never optimises a function of more than 60 KB of bytecode, so none that is emitted comes near. Functions
 * have bytecode once they are called: a child runs each module on an input, and a snapshot of its heap tells.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { emit, type CompileOptions } from "../compiler/index.ts";

const LIMIT = 48 * 1024;

const examples = fileURLToPath(new URL("../examples/", import.meta.url));

interface Case {
  readonly title: string;
  readonly source: string;
  readonly options: CompileOptions;
  /** Of the kernels, the names that must be among those of its functions. */
  readonly kernels?: readonly string[];
}

const files = readdirSync(examples).filter((file) => file.endsWith(".nn"));
const cases: readonly Case[] = [
  ...files.map((file) => ({
    title: file,
    source: readFileSync(examples + file, "utf8"),
    options: { filename: file },
  })),
  {
    title: "a thousand layers of two texts",
    source: Array.from({ length: 500 }, () => "Linear(8, 8) -> LayerNorm(8)").join(" -> "),
    options: {},
    kernels: ["Linear", "LayerNorm"],
  },
  {
    title: "a thousand layers of as many texts",
    source: Array.from({ length: 250 }, (_, i) => {
      return `Linear(${(i % 40) + 1}, ${((i + 1) % 40) + 1}) -> PReLU(0.${i + 1}) -> Sigmoid -> Softmax(dim=-1)`;
    }).join(" -> "),
    options: { target: "js" },
  },
  {
    title: "a thousand layers in training",
    source: Array.from({ length: 500 }, () => "Linear(4, 4) -> BatchNorm1d(4)").join(" -> "),
    options: { mode: "train" },
  },
  {
    title: "the bodies of a thousand rounds",
    source:
      "model M { input x: f32[N, 4]\n output y = x -> Repeat(500) { Residual { LayerNorm(4) -> Linear(4, 4) } } }",
    options: {},
  },
];

/** Runs each module's self test, and then writes down what V8 has in its memory. */
const RUNNER = `import { existsSync, readFileSync } from "node:fs";
import { writeHeapSnapshot } from "node:v8";
const modules = [];
for (let i = 0; i < ${cases.length}; i++) {
  const file = i + ".safetensors";
  modules.push(await import("./" + i + ".mjs"));
  const error = modules[i].selfTest(existsSync(file) ? { weights: readFileSync(file) } : {});
  if (!(error <= 1)) throw new Error("the self test of module " + i + " fails");
}
writeHeapSnapshot("heap.json");
`;

/** V8 keeps bytecode, and puts no machine code in its place. */
const FLAGS = ["--no-flush-bytecode", "--no-sparkplug"];

/** Of each case, the bytes of each function that its module's self test calls. */
const bytecode: Map<string, number>[] = cases.map(() => new Map<string, number>());

/** The name of what a module does when it is loaded. */
const TOP = "(shared function info)";

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "nnc-bytecode-"));
  try {
    for (const [i, { source, options }] of cases.entries()) {
      const { code, weights } = emit(source, options);
      writeFileSync(join(folder, `${i}.mjs`), code);
      if (weights) writeFileSync(join(folder, `${i}.safetensors`), weights);
    }
    writeFileSync(join(folder, "run.mjs"), RUNNER);
    execFileSync(process.execPath, [...FLAGS, "run.mjs"], { cwd: folder });
    measure(JSON.parse(readFileSync(join(folder, "heap.json"), "utf8")) as Snapshot);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A graph in lists of numbers; the edges stand in the order of the nodes they leave. */
interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly edge_fields: string[] } };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** A function is a node from which edges lead to its script and to its bytecode. */
function measure({ snapshot, nodes, edges, strings }: Snapshot): void {
  const { node_fields: fields, edge_fields: links } = snapshot.meta;
  const [name, size, count] = ["name", "self_size", "edge_count"].map((field) => fields.indexOf(field));
  const nameOf = (node: number): string => strings[nodes[node + name!]!]!;
  let edge = links.indexOf("to_node");
  for (let node = 0; node < nodes.length; node += fields.length) {
    let [module, bytes]: (number | undefined)[] = [];
    for (let i = 0; i < nodes[node + count!]!; i++, edge += links.length) {
      const to = edges[edge]!;
      if (nameOf(to) === "system / BytecodeArray") bytes = nodes[to + size!]!;
      const [, number] = /^file:.*\/(\d+)\.mjs$/.exec(nameOf(to)) ?? [];
      if (number !== undefined) module = Number(number);
    }
    if (module === undefined || bytes === undefined) continue;
    const lengths = bytecode[module]!;
    lengths.set(nameOf(node), Math.max(bytes, lengths.get(nameOf(node)) ?? 0));
  }
}

test.each(cases.map((one, i) => [one.title, i, one] as const))("%s", (_, i, { kernels = [] }) => {
  expect([...bytecode[i]!.keys()]).toEqual(
    expect.arrayContaining([TOP, "create", "compute", "selfTest", ...kernels]),
  );
  expect([...bytecode[i]!].filter(([, length]) => length >= LIMIT)).toEqual([]);
});
