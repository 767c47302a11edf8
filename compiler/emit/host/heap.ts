/**
 * The text that lays out a memory of WebAssembly for several models. Modules have it in their text. In this process all models
 * have the functions of one evaluation of it, so that they share a memory.
 */

/** The alignment of buffers, and the bytes behind each that kernels may read and write. */
const ALIGNMENT = 64;

/** What a buffer takes in memory, so that the next one behind it is aligned. */
export function room(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT + ALIGNMENT;
}

/** The first address of places: 0 would look like the absence of one. */
const FIRST_ADDRESS = 64;

/** Changes with what a heap is, as modules that different versions of nnc compiled may meet in one memory. */
const VERSION = 1;

/** The name of the symbol under which `WebAssembly` has the list of heaps. */
export const heapsKey: string = `nnc.heaps.${VERSION}`;

/**
 * How many memories the models of a page or process have before they share them. An engine may have about a hundred, of which
 * others need some, too.
 */
const MAX_MEMORIES = 64;

/** The most elements that a loop copies sooner than a method. */
const MAX_LOOPED = 32;

/** The functions that `create` calls. */
export const heapNames: readonly string[] = [
  "openHeap", "reserve", "take", "reclaim", "giveUp", "room", "copyIn", "copyOut",
]; // prettier-ignore

/** The names that the text defines beside them. */
export const ownHeapNames: readonly string[] = ["heapOf", "heaps", "lackOf", "ours"];

/**
 * A heap says what is where in a memory. `heaps` are those of memories that nobody gave, of all modules that an equal version
 * compiled. Models of a module share one, and as many modules have one of their own as an engine allows for. Modules
 * that are given the same memory know of each other by its heap, of which the caller who gave it counts as an owner. A memory has at
 * least one page, since kernels cannot import one without.
 *
 * Weights and tensors of models lie below `top` and stay where they are; behind it lies what a call needs, which is dead when
 * it ends. Gaps are sorted and apart. `lost` are the places of models that were disposed of or collected. Arrays may still
 * show them, so they become gaps when memory is needed that ends all arrays. Without owners, a memory is let go.
 */
function heapTextOf(isModule: boolean): string {
  const ways = isModule
    ? "dispose() of models, or create({ memory }) with one that has more room"
    : "or dispose() of models";
  return `let heaps${isModule ? ", ours" : ""};
function openHeap(memory) {
  const key = Symbol.for("${heapsKey}");
  heaps ??= WebAssembly[key] ?? [];
  Reflect.set(WebAssembly, key, heaps);
  if (memory != null) return heapOf(memory, 1);${isModule ? "\n  if (heaps.includes(ours)) return ours;" : ""}
  try {
    if (heaps.length < ${MAX_MEMORIES}) heaps.push(heapOf(new WebAssembly.Memory({ initial: 1 }), 0));
  } catch (cause) {
    if (!heaps.length) throw lackOf(65536, cause);
  }
  return ${isModule ? "ours = " : ""}heaps.reduce((a, b) => b.owners > a.owners ? a : b);
}
function heapOf(memory, owners) {
  if (({}).toString.call(memory) + memory.buffer !== "[object WebAssembly.Memory][object ArrayBuffer]") throw new TypeError("memory must be a WebAssembly.Memory without { shared: true }, such as new WebAssembly.Memory({ initial: 1 })");
  const heap = memory[Symbol.for("nnc.heap")] ??= {
    version: ${VERSION}, memory, owners, gaps: [], lost: [], top: ${FIRST_ADDRESS},
    forgotten: typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry(giveUp),
  };
  if (heap.version !== ${VERSION}) throw new TypeError("memory has models of another version of nnc in it: give each version its own");
  reserve(heap, 1);
  return heap;
}
function lackOf(size, cause) {
  return new RangeError(\`memory cannot grow to \${size} bytes: give smaller inputs, ${ways}\`, { cause });
}
function reserve({ memory }, to) {
  const lack = to - memory.buffer.byteLength;
  try {
    if (lack > 0) memory.grow(Math.ceil(lack / 65536));
  } catch (cause) {
    throw lackOf(to, cause);
  }
}
function take(heap, size) {
  const { gaps, top } = heap;
  const i = gaps.findIndex(({ from, to }) => to - from >= size);
  if (i < 0) {
    reserve(heap, top + size);
    heap.top += size;
    return top;
  }
  const { from } = gaps[i];
  if ((gaps[i].from += size) === gaps[i].to) gaps.splice(i, 1);
  return from;
}
function reclaim(heap, to) {
  const { memory, gaps, lost } = heap;
  if (!lost.length || to <= memory.buffer.byteLength) return;
  memory.grow(0);
  const all = [...gaps, ...lost].sort((a, b) => a.from - b.from);
  gaps.length = lost.length = 0;
  for (const gap of all) {
    const last = gaps[gaps.length - 1];
    if (last?.to === gap.from) last.to = gap.to;
    else gaps.push(gap);
  }
  if (gaps[gaps.length - 1].to === heap.top) heap.top = gaps.pop().from;
}
function giveUp(region) {
  const { heap, parts } = region;
  if (!parts) return;
  heap.forgotten?.unregister(region);
  heap.lost.push(...parts);
  region.parts = undefined;
  if (!--heap.owners && heaps.includes(heap)) heaps.splice(heaps.indexOf(heap), 1);
}

const room = (bytes) => Math.ceil(bytes / ${ALIGNMENT}) * ${ALIGNMENT} + ${ALIGNMENT};

function copyIn(view, at, x) {
  if (x.length > ${MAX_LOOPED}) view.set(x, at);
  else for (let i = 0; i < x.length; i++) view[at + i] = x[i];
}

function copyOut(x, view, at) {
  if (x.length > ${MAX_LOOPED}) x.set(view.subarray(at, at + x.length));
  else for (let i = 0; i < x.length; i++) x[i] = view[at + i];
}`;
}

/** The text of a module. */
export const heapText: string = heapTextOf(true);

let functions: readonly unknown[] | undefined;

/** The functions of `heapNames` for the models of this process. Throws EvalError where text may not become code. */
export function heapFunctions(): readonly unknown[] {
  if (functions) return functions;
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is the compiler's own
  const make = new Function(`"use strict";\n${heapTextOf(false)}\nreturn [${heapNames.join(", ")}];`);
  return (functions = make() as readonly unknown[]);
}
