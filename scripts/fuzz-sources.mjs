// Mutates the sources of the examples, the goldens and LANGUAGE.md, and takes each through the whole compiler:
// `node scripts/fuzz-sources.mjs [sources: 20000] [seed: 0]`.
// `check` answers with diagnostics. What it passes compiles, and its module imports; closure and module give the same
// bits, or refuse the call with the same words; the self test is passed; formatting twice changes nothing more.
// Anything else is printed with the source, once for each kind of trouble, and the exit code is 1.
// It runs what scripts/setup.mjs has built.
import { fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const [count, seed, chunk] = [
  process.argv[2] ?? "20000",
  process.argv[3] ?? "0",
  process.argv[4] ?? "-1",
].map(Number);
if (!(count >= 1 && Number.isSafeInteger(count) && Number.isSafeInteger(seed))) {
  console.error("usage: node scripts/fuzz-sources.mjs [sources] [seed]");
  process.exit(2);
}
/** Imported modules stay in memory, so each process takes this many sources and then ends. */
const CHUNK = 1000;
/**
 * The processor time after which a source counts as slow. It is generous, as machines differ by a factor of ten.
 */
const SLOW_MS = 20000;
/** Sources and samples of this length are about as long as what people write. */
const MAX_SOURCE_LENGTH = 3000;
/** Larger inputs would find nothing more. */
const MAX_ELEMENTS = 1e5;

/** Starts a process for each chunk, as many at a time as there are cores, and adds up what they found. */
async function lead() {
  const script = fileURLToPath(import.meta.url);
  const totals = { tried: 0, clean: 0, called: 0 };
  const kinds = new Map();
  const start = performance.now();
  let next = 0;
  const worker = async () => {
    while (next * CHUNK < count) {
      const mine = next++;
      const size = Math.min(CHUNK, count - mine * CHUNK);
      const child = fork(script, [String(size), String(seed), String(mine)]);
      let report;
      child.on("message", (message) => (report = message));
      const code = await new Promise((resolve) => child.on("close", resolve));
      if (!report)
        report = { tried: 0, clean: 0, called: 0, kinds: [[`chunk ${mine} ended with ${code}`, ""]] };
      for (const name of Object.keys(totals)) totals[name] += report[name];
      for (const [kind, text] of report.kinds) {
        if (!kinds.has(kind)) console.error(`## ${kind}\n${text}\n`);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
      console.log(told());
    }
  };
  const told = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    const found = kinds.size === 0 ? "no trouble" : `${kinds.size} kinds of trouble`;
    return `${totals.tried} sources, seed ${seed}: ${totals.clean} without errors, ${totals.called} called, ${found} (${seconds} s)`;
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  process.exitCode = kinds.size === 0 ? 0 : 1;
}

async function work() {
  const { check, compile, emit, NnError } = await import("../dist/compiler/index.js");
  const { format } = await import("../dist/grammar/index.js");
  const random = randomOf(seed * 1_000_003 + chunk);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const texts = sources();
  const pool = texts.flatMap(wordsOf);
  const report = { tried: 0, clean: 0, called: 0, kinds: [] };
  const found = new Set();
  const note = (kind, text) => {
    if (found.has(kind)) return;
    found.add(kind);
    report.kinds.push([kind, text]);
  };

  for (let i = 0; i < count; i++) {
    const text = mutated();
    report.tried++;
    const start = process.cpuUsage();
    await tried(text);
    const took = process.cpuUsage(start);
    if (took.user > 1000 * SLOW_MS) note(`slow: ${SLOW_MS} ms and more`, text);
  }
  process.send(report);
  process.disconnect();

  function mutated() {
    const words = wordsOf(pick(texts));
    for (let times = 1 + below(4); times > 0; times--) {
      const [at, length, what] = [below(words.length + 1), 1 + below(6), random()];
      if (what < 0.2) words.splice(at, length);
      else if (what < 0.5) words.splice(at, 1, pick(spice));
      else if (what < 0.7) words.splice(at, 1, pick(pool));
      else if (what < 0.85) words.splice(below(words.length + 1), 0, ...words.slice(at, at + length));
      else words.splice(at, 0, pick(spice));
    }
    return words.join("");
  }

  async function tried(text) {
    const options = { read: noFiles, mode: random() < 0.3 ? "train" : "eval" };
    try {
      const once = format({ file: "net.nn", text }).text;
      if (once !== undefined && format({ file: "net.nn", text: once }).text !== once)
        note("formatting twice changes more", text);
    } catch (error) {
      return note(`format throws ${String(error)}`, text);
    }
    let model;
    let module;
    try {
      const diagnostics = check(text, options);
      if (diagnostics.some(({ severity }) => severity === "error")) return;
      report.clean++;
    } catch (error) {
      return note(`check throws ${String(error)}`, text);
    }
    try {
      model = compile(text, options);
      const { code, weights } = emit(text, options);
      module = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
      const emitted = module.default ?? module.create({ weights });
      called(text, model, emitted, options.mode);
      const error = module.selfTest?.(weights && { weights });
      if (error !== undefined && !(error <= 1)) note(`the self test gives ${error}`, text);
    } catch (error) {
      // More than this machine has is no one's mistake: the message says how much is wanted. A model's parameter
      // without a default is given by who runs it.
      if (error instanceof NnError && error.diagnostics.every(({ code }) => /^NN(4|3103)/.test(code))) return;
      if (/memory|Invalid (typed )?array/.test(error.message)) return;
      note(`checked, and then: ${error.constructor.name} ${String(error.message).slice(0, 100)}`, text);
    }
  }

  function called(text, model, emitted, mode) {
    const inputs = made(emitted);
    if (!inputs) return;
    const [one, other] = [outcome(model, inputs, text), outcome(emitted, inputs, text)];
    report.called++;
    // In training the first call of each has changed its running statistics alike.
    if (one !== other)
      note(`closure and module differ in ${mode}: ${one.slice(0, 60)} / ${other.slice(0, 60)}`, text);
  }

  /** Tensors of small sizes with values of all kinds; undefined if they would be large. */
  function made({ inputs }) {
    const sizes = {};
    const tensors = {};
    for (const { name, dtype, shape } of inputs) {
      const numbers = shape.flatMap((size) =>
        typeof size === "number" ? size : size === "..." ? [2] : (sizes[size] ??= 1 + below(3)),
      );
      const length = numbers.reduce((product, size) => product * size, 1);
      if (length > MAX_ELEMENTS) return undefined;
      tensors[name] = { dtype, shape: numbers, data: values(dtype, length) };
    }
    return tensors;
  }

  function values(dtype, length) {
    if (dtype === "i32") return Int32Array.from({ length }, () => below(5));
    if (dtype === "bool") return Uint8Array.from({ length }, () => below(2));
    const offset = pick([0, 0, 0, 33000, 1e20]);
    return Float32Array.from({ length }, () => pick(special) ?? offset + (random() - 0.5) * 6);
  }

  /** The outputs as a text, or the error with which the call is refused. */
  function outcome(model, inputs, text) {
    const only = model.inputs.length === 1 ? inputs[model.inputs[0].name] : inputs;
    let result;
    try {
      result = model(only);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError))
        note(`a call throws ${String(error)}`, text);
      return `${error.constructor.name}`;
    }
    const tensors = model.outputs.length === 1 ? [result] : model.outputs.map(({ name }) => result[name]);
    for (const { shape, data } of tensors) {
      const fits = shape.reduce((product, size) => product * size, 1) === data.length;
      if (!fits || shape.some((size) => !Number.isSafeInteger(size) || size < 0))
        note(`an output of shape ${shape} has ${data.length} elements`, text);
    }
    return JSON.stringify(tensors.map(({ shape, data }) => [shape, Array.from(data, String)]));
  }
}

function noFiles(path) {
  throw new Error(`there is no ${path}`);
}

/** Sources that people wrote: the examples, the goldens and the pieces of LANGUAGE.md, with small sizes. */
function sources() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const files = ["examples", "test/golden"].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".nn"))
      .sort()
      .map((path) => readFileSync(`${root}${folder}/${path}`, "utf8")),
  );
  const page = readFileSync(`${root}grammar/LANGUAGE.md`, "utf8");
  const pieces = [...page.matchAll(/^```nn[^\n]*\n(.*?)^```/gms)].map(([, piece]) => piece);
  return [...files, ...pieces].filter(({ length }) => length < MAX_SOURCE_LENGTH).map(withSmallSizes);
}

/**
 * The text of a net in which sizes of 64 and more are divided by 64, as nearly all of a run would be spent on
 * drawing initial values. Most sizes that belong together still do afterwards.
 */
function withSmallSizes(text) {
  return text.replace(/(?<![\w."-])\d{2,}(?![\w.])/g, (digits) =>
    Number(digits) < 64 ? digits : String(Math.ceil(Number(digits) / 64)),
  );
}

function wordsOf(text) {
  return text.match(/"[^"\n]*"|\w+|\s+|->|\*\*|\/\/|==|[^\w\s]/g) ?? [];
}

/** Words that change the meaning of a net, or make it reach a limit. */
const spice = [
  ..."Linear LayerNorm GroupNorm BatchNorm1d InstanceNorm1d RMSNorm Softmax LogSoftmax Embedding Bilinear PairwiseDistance CosineSimilarity".split(
    " ",
  ),
  ..."Concat Split Chunk Stack Unbind Reshape Flatten Unflatten Permute Transpose Expand Squeeze Unsqueeze Roll Flip Tile".split(
    " ",
  ),
  ..."Max ArgMax Sum Mean Var Std Norm Where IndexSelect Arange Zeros Ones Eye Residual Repeat Sequential Identity ReLU GELU".split(
    " ",
  ),
  ..."none inf nan true false and or not in as if else model block input output param buffer import f32 i32 bool N M T i".split(
    " ",
  ),
  ...'0 1 2 3 -1 0.5 63 64 65 2147483647 1e308 9007199254740993 33000 1e20 [] () {} _ ... @ -> = == <= , : " # \n'.split(
    " ",
  ),
  "// 0",
  "% 0",
  "** 63",
  "[::0]",
  "[-1]",
  "[:, none]",
  "[..., 0]",
  "[::2]",
  "[N // 2:]",
  "__proto__",
  '"a\\ud800"',
  "\u202e",
  "\u2028",
];

/** Values that replace an ordinary value now and then; `undefined` keeps the ordinary value. */
const special = [NaN, Infinity, -Infinity, -0, 0, 1e5, 1e-40, 16777217, ...Array.from({ length: 40 })];

/** A generator of numbers between 0 and 1, the same on every machine (mulberry32). */
function randomOf(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (chunk < 0) await lead();
else await work();
