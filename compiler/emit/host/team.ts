/**
 * The text of a module that shares the work of kernels among threads. The workers of a model, which are its team, look into words of memory
 * for rounds to do, and so does the thread that calls the model. It waits for none that has not begun: until workers have
 * started, or where they are kept from running, it does the rounds itself.
 */
import { MAX_THREADS } from "../../ir/plan/max-threads.ts";
import { quoted } from "../js/print-kernel.ts";
import { sharedLimits } from "../wasm/encode.ts";

/**
 * Where a text has the binary of its kernels from: it carries it, it is the variable `binary`, or `create` is given the content
 * of the file that `load` reads.
 */
export type BinaryPlace = "inside" | "variable" | "outside";

/** The names that the text, and `create` with it, define or use; no port may have them. */
export const teamNames: readonly string[] = [
  "Atomics", "Blob", "Int32Array", "SharedArrayBuffer", "URL", "Worker", "crossOriginIsolated", "disband", "labour", "largestMemory",
  "makeWorker", "teamOf", "process", "recruit", "retired", "roundsOf", "share", "sharedBinary", "sharedModule", "spare", "started", "status",
  "team", "threads", "threadsOfNode", "wasm", "workerText",
]; // prettier-ignore

/** A share that takes less than this many tenths of a nanosecond is not worth another thread. */
const LEAST_SHARE = 250_000;

/** How many shares each thread is to have: whoever is done early takes more of them. */
const SHARES = 4;

/** How often a thread looks for work, or for the end of others' work, before it sleeps: some 50 microseconds. */
const LOOKS = 5000;

/** How many words come before a kernel's arguments. */
const HEAD = 14;

/**
 * The words are: the number of the job with what is left of its shares in the low 10 bits, the shares that are done, the first that
 * failed, how many threads sleep, the number of shares, the kernel, where its arguments have the first of the rounds, the step of the loop,
 * the first round and the end, the memory of workers and the bytes for each, the number of buffers that each has
 * for itself, and the number of arguments. Behind them are, for each of these buffers, its argument and its place in that memory, and then the
 * arguments. Words are written while nothing is left, and who has read others than those of the job cannot take a share.
 */
const LABOUR = `function roundsOf(words, share, id) {
  const [shares, , at, step, from, to, spare, room, own, length] = words.subarray(4, ${HEAD});
  const first = ${HEAD} + 2 * own;
  const values = Array.from(words.subarray(first, first + length));
  const rounds = Math.ceil((to - from) / step);
  values[at] = from + step * Math.floor(rounds * share / shares);
  if (share + 1 < shares) values[at + 1] = from + step * Math.floor(rounds * (share + 1) / shares);
  if (id) for (let i = ${HEAD}; i < first; i += 2) values[words[i]] = spare + (id - 1) * room + words[i + 1];
  return values;
}
function labour(words, kernels, id) {
  for (;;) {
    const next = Atomics.load(words, 0);
    const left = next & 1023;
    if (!left) return next;
    const share = words[4] - left;
    const kernel = words[5];
    const values = roundsOf(words, share, id);
    if (Atomics.compareExchange(words, 0, next, next - 1) !== next) continue;
    try {
      kernels["k" + kernel](...values);
    } catch {
      for (let first; share < (first = Atomics.load(words, 2)) && Atomics.compareExchange(words, 2, first, share) !== first;);
    }
    Atomics.add(words, 1, 1);
    Atomics.notify(words, 1);
  }
}`;

/** What a worker does, after the texts of what its kernels import. */
const SERVICE = `function serve({ module, memory, words, id }, tell) {
  const kernels = new WebAssembly.Instance(module, importsOf(memory)).exports;
  tell();
  for (;;) {
    const seen = labour(words, kernels, id);
    let looks = ${LOOKS};
    while (Atomics.load(words, 0) === seen && --looks);
    if (looks) continue;
    Atomics.add(words, 3, 1);
    Atomics.wait(words, 0, seen);
    Atomics.sub(words, 3, 1);
  }
}
const { parentPort, workerData } = globalThis.process?.getBuiltinModule?.("node:worker_threads") ?? {};
if (parentPort) serve(workerData, () => parentPort.postMessage(0));
else onmessage = ({ data }) => serve(data, () => postMessage(0));`;

export interface TeamNeeds {
  /** The texts of what kernels import, with `importsOf`. */
  readonly imports: readonly string[];
  /** Where the binary is, and where in it that memory is not shared. */
  readonly place: BinaryPlace;
  readonly limitsAt: number;
  /** The most arguments of a kernel, and the most buffers that each thread has for itself. */
  readonly most: number;
}

export function teamText({ imports, place, limitsAt, most }: TeamNeeds): string {
  const wasm = place === "outside" ? "wasm" : "";
  const binary = { inside: "binary()", variable: "binary.slice()", outside: "bytesOf(wasm).slice()" }[place];
  const refused = `if (kindOf(wasm) === "WebAssembly.Module") throw new Error(\`threads need the bytes of \${wasmFile}, not a WebAssembly.Module\`);`;
  const text = ['"use strict";', ...imports, LABOUR, SERVICE].join("\n");
  return `${LABOUR}
const workerText = ${quoted(text)};
let sharedModule, started;
const retired = typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry((stop) => stop());
function sharedBinary(${wasm}) {${
    wasm &&
    `
  ${refused}`
  }
  const bytes = ${binary};
  bytes.set([${sharedLimits.join(", ")}], ${limitsAt});
  return bytes;
}
function teamOf(given) {
  if (given == null || given === false) return teamOf(1);
  const wanted = given === true ? Math.min(${MAX_THREADS}, globalThis.navigator?.hardwareConcurrency ?? globalThis.process?.getBuiltinModule?.("node:os").availableParallelism() ?? 1) : given;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > ${MAX_THREADS}) throw new RangeError("threads must be a whole number from 1 to ${MAX_THREADS}, or true for as many as the machine has");
  return { wanted, threads: wanted };
}
function threadsOfNode() {
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (threads) return threads;
  if (typeof Worker === "undefined") throw new Error("threads need Node.js 20.16 or 22.3, or a page with Worker");
  if (globalThis.crossOriginIsolated === false) throw new Error("threads need a page that is cross-origin isolated, by the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp");
}
function makeWorker(threads, data, status) {
  const fail = (why) => {
    status.threads--;
    status.note ??= \`a thread did not start: \${why}\`;
  };
  if (threads) {
    const worker = new threads.Worker(workerText, { eval: true, execArgv: [], workerData: data });
    worker.unref();
    const ready = new Promise((done) => {
      worker.once("message", done);
      worker.once("error", ({ message }) => done(fail(message)));
      worker.once("exit", done);
    });
    return { worker, ready };
  }
  const url = URL.createObjectURL(new Blob([workerText], { type: "text/javascript" }));
  const worker = new Worker(url);
  const ready = new Promise((done) => {
    worker.onmessage = done;
    worker.onerror = ({ message }) => done(fail(message || "the page's policy needs worker-src blob:"));
  }).finally(() => URL.revokeObjectURL(url));
  worker.postMessage(data);
  return { worker, ready };
}
function recruit(status${wasm && `, ${wasm}`}) {
  const threads = threadsOfNode();
  sharedModule ??= new WebAssembly.Module(sharedBinary(${wasm}));
  const memory = largestMemory();
  const kernels = new WebAssembly.Instance(sharedModule, importsOf(memory)).exports;
  const words = new Int32Array(new SharedArrayBuffer(${4 * (HEAD + most)}));
  const crew = [];
  const stop = () => crew.forEach(({ worker }) => worker.terminate());
  try {
    for (let id = 1; id < status.wanted; id++) crew.push(makeWorker(threads, { module: sharedModule, memory, words, id }, status));
  } catch (cause) {
    stop();
    throw cause;
  }
  started = { crew, ready: Promise.all(crew.map(({ ready }) => ready)) };
  let waits = true;
  try {
    Atomics.wait(words, 0, 1, 0);
  } catch {
    waits = false;
  }
  return { heap: { memory, owners: 0, gaps: [], lost: [], top: 64 }, kernels, words, waits, stop };
}
function largestMemory() {
  for (let maximum = 65536; ; maximum /= 4) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
    } catch (cause) {
      if (maximum < 1024) throw cause;
    }
  }
}
function share({ words, waits, kernels }, threads, kernel, values, ranges, own, spare) {
  const call = kernels["k" + kernel];
  const parts = ranges.map(([at, step, cost]) => {
    const rounds = Math.ceil((values[at + 1] - values[at]) / step);
    return Math.min(rounds, ${SHARES} * threads, 1000, Math.floor(rounds * cost / ${LEAST_SHARE}));
  });
  if (!parts.some((shares) => shares > 1)) return call(...values);
  ranges.forEach(([at, step], i) => {
    const shares = parts[i];
    const some = values.slice();
    for (const [other] of ranges) if (other !== at) some[other] = some[other + 1] = 0;
    if (shares < 2) return call(...some);
    let room = 0;
    const places = own.flatMap(([argument, bytes]) => {
      room += bytes;
      return [argument, room - bytes];
    });
    words.set([shares, kernel, at, step, some[at], some[at + 1], spare, room, own.length, some.length, ...places, ...some], 4);
    Atomics.store(words, 1, 0);
    Atomics.store(words, 2, shares);
    Atomics.store(words, 0, ((words[0] >> 10) + 1 << 10) + shares);
    if (Atomics.load(words, 3)) Atomics.notify(words, 0);
    labour(words, kernels, 0);
    for (let looks = 0, done; (done = Atomics.load(words, 1)) < shares;)
      if (waits && ++looks > ${LOOKS}) Atomics.wait(words, 1, done);
    const failed = Atomics.load(words, 2);
    if (failed === shares) return;
    // It fails here as it did there.
    call(...roundsOf(words, failed, 0));
    throw new Error("a thread failed");
  });
}`;
}
