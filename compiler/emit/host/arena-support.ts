/** The functions in `create` of a model whose buffers lie in a memory of WebAssembly. */
import { heapNames, ownHeapNames } from "./heap.ts";
import { teamNames } from "./team.ts";
import { arrayOf, type Needs } from "./needs.ts";

/** The names that these parts, `create` and the kernels' binary have in such a module; no port may have them. */
export const arenaNames: readonly string[] = [
  ...heapNames, ...ownHeapNames, ...teamNames,
  "base", "binary", "bytes", "end", "epoch", "heap", "hold", "homes", "isApart", "kept", "kernels", "origin", "region", "wake", "within", "kernelModule", "kernelsIn", "kernelsOf", "isWrong", "wasmFile", "instances", "importsOf", "compileKernels", "createAsync", "lacking", "given", "isCompiled", "isFresh", "located", "messages", "near", "places", "reach", "refuseIndex", "release", "resident", "settle", "tensors", "top", "view", "FinalizationRegistry", "Map", "Reflect", "WeakMap", "WebAssembly",
]; // prettier-ignore

/** JS text of an address in a model's place for what is prepared and for weights. */
export function addressText(at: number): string {
  return at === 0 ? "origin" : `origin + ${at}`;
}

/** V8 makes no buffer for arrays of at most so many bytes until someone asks for it. */
const MAX_COPIED_BYTES = 64;

export interface ArenaNeeds extends Pick<Needs, "dtypes"> {
  /** Where weights begin and end in a model's place in memory, which begins with what `prepare` computes. */
  readonly weights: number;
  readonly start: number;
  /** The bytes that `prepare` needs while it runs. Absent where nothing is computed of weights alone. */
  readonly preparing?: number;
  /** Whether what a call needs depends on sizes. */
  readonly grows: boolean;
  /** Whether `create` may be given a memory. */
  readonly isGiven: boolean;
  /** Set where threads may share the work, with whether the kernels are outside of the text. */
  readonly threads: { readonly isOutside: boolean } | undefined;
  /** The lines that make views of all memory, the ArrayBuffer `buffer`. */
  readonly views: readonly string[];
}

/** The texts of functions in `create` that keep its memory. */
export function arenaFunctions(needs: ArenaNeeds): string[] {
  return [
    view(needs),
    wake(needs),
    reach(needs),
    release(needs),
    settle(needs),
    ...(needs.threads ? [DISBANDING] : []),
    located(needs),
    resident(needs),
  ];
}

/** The text of `view`, which makes the views of a memory. What is known of the arrays of the last run ends with it. */
function view({ views }: ArenaNeeds): string {
  return `function view(buffer) {
  ${["bytes = new Uint8Array(buffer);", ...views].join("\n  ")}
  near = [];
  homes = [];
  epoch++;
}`;
}

/** JS text of the condition that memory has grown since its views were made. Views of shared memory stay as they are. */
function isOld({ threads }: ArenaNeeds): string {
  return threads ? "bytes.buffer !== memory.buffer" : "!bytes.length";
}

/** The lines of `wake` that take a memory, which is the model's own where threads share its work. */
function gather(isGiven: boolean, isOutside: boolean): string {
  const refused = `if (within) throw new TypeError("a model with threads has a memory of its own: leave memory out, or threads");`;
  // An earlier attempt may have lacked memory.
  return `  if (team) disband();
  else if (region) giveUp(region);
  if (status.threads > 1) {${isGiven ? `\n    ${refused}` : ""}
    try {
      team = recruit(status${isOutside ? ", wasm" : ""});
    } catch ({ message }) {
      status.threads = 1;
      status.note = message;
    }
  }
  if (!team) compileKernels();
  heap = team?.heap ?? openHeap(${isGiven ? "within" : ""});`;
}

const DISBANDING = `function disband() {
  team.stop();
  retired?.unregister(team);
  team = undefined;
}`;

/** The lines of `release` that end threads, or give up what other models may use. */
const DISBAND = `  if (team) disband();
  else {
    if (heap.owners === 1) memory.grow(0);
    giveUp(region);
  }`;

/**
 * The text of `wake`, which brings weights and tensors back into memory after `release`, and makes the views anew where memory
 * has become larger. It gives up what an earlier attempt took that lacked memory for the rest.
 */
function wake(needs: ArenaNeeds): string {
  const { weights, start, preparing, isGiven, threads } = needs;
  const alone = `  compileKernels();
  if (region) giveUp(region);
  heap = openHeap(${isGiven ? "within" : ""});`;
  const place = start > 0 ? `\n  origin = hold(${start});` : "";
  const readied = preparing ? `\n  reserve(heap, heap.top + ${preparing});` : "";
  const restored = start > weights ? `\n  bytes.set(kept.weights, ${addressText(weights)});` : "";
  const prepared = preparing === undefined ? "" : "\n  prepare();";
  return `function wake() {
  if (memory) {
    if (${isOld(needs)}) view(memory.buffer);
    return;
  }
${threads ? gather(isGiven, threads.isOutside) : alone}
  const places = kept?.places ?? [];
  reclaim(heap, places.reduce((sum, place) => sum + room(place.size), heap.top + ${start + (preparing ?? 0)}));
  kernels = ${threads ? "team?.kernels ?? " : ""}kernelsIn(heap.memory);
  region = { heap, parts: [] };
  heap.owners++;
  heap.forgotten?.register(tensors, region, region);${threads ? "\n  if (team) retired?.register(tensors, team.stop, team);" : ""}${place}
  for (const place of places) place.at = hold(room(place.size));${readied}
  ({ memory } = heap);
  view(memory.buffer);
  if (!kept) return;${restored}
  for (const place of places) {
    bytes.set(place.kept, place.at);
    place.kept = undefined;
    tensors.set(place.at, place);
  }
  kept = undefined;${prepared}
}
function hold(size) {
  const from = take(heap, size);
  region.parts.push({ from, to: from + size });
  return from;
}`;
}

/**
 * The text of `reach`, which makes memory large enough for a call. Views of it end, so it returns the arrays of the call with
 * new ones in their places. What models have lost stays what it is for an array of the call that shows it.
 */
function reach(needs: ArenaNeeds): string {
  const { grows } = needs;
  return `function reach(arrays) {
  const buffer = heap?.memory.buffer;
  const ends = arrays.map((array) => array.buffer === buffer ? [array.byteOffset, array.length] : undefined);
  wake();${grows ? "\n  idle = 0;" : ""}
  fit();
  if (!ends.some((one) => one)) {
    reclaim(heap, end);
    fit();
  }
  reserve(heap, end);
  if (${isOld(needs)}) view(memory.buffer);
  return arrays.map((array, i) => ends[i] && buffer !== memory.buffer ? new array.constructor(memory.buffer, ...ends[i]) : array);
}`;
}

/**
 * The text of `release`, which gives up the model's place in memory. Weights, and what is in the tensors of callers, are kept
 * in arrays of bytes, but for tensors that are garbage. Views of the last model's memory end, so that it is let go.
 */
function release(needs: ArenaNeeds): string {
  const { weights, start, threads } = needs;
  const ofWeights =
    start > weights ? `weights: bytes.slice(${addressText(weights)}, ${addressText(start)}), ` : "";
  return `function release() {
  if (!memory) return;
  if (${isOld(needs)}) view(memory.buffer);
  const places = [...tensors.values()].filter(({ tensor }) => tensor.deref());
  for (const place of places) place.kept = bytes.slice(place.at, place.at + place.size);
  kept = { ${ofWeights}places };
  tensors.clear();
${threads ? DISBAND : "  if (heap.owners === 1) memory.grow(0);\n  giveUp(region);"}
  memory = kernels = heap = region = undefined;
  view(new ArrayBuffer(0));
}`;
}

/**
 * The text of `settle`, which finds out which arrays of a call the kernels can use where they are: an output that is all of a
 * tensor in memory, since kernels may write behind it, and an input in memory that no such output is written over.
 *
 * The buffer of a small array may not be there yet, and is slow to make. So it is not asked for where no array lies in memory:
 * before someone has one, and of outputs that a call has made. Small inputs are copied, which takes less time.
 */
function settle({ weights, start }: ArenaNeeds): string {
  const isOwn = start > 0 ? ` || byteOffset < ${addressText(start)} && byteOffset + byteLength > origin` : "";
  const isOfWeights =
    start > weights
      ? `\n      if (byteOffset >= ${addressText(weights)} && byteOffset < ${addressText(start)}) unfit("lie in " + outputs[i - length].name);`
      : "";
  return `function settle() {
  const { length } = inputs;
  for (let i = near.length - 1; i >= 0; i--) {
    const array = near[i];
    homes[i] = 0;
    const { byteLength } = array;
    if (!heap.isShown || (i < length ? byteLength <= ${MAX_COPIED_BYTES} : isFresh) || array.buffer !== bytes.buffer) continue;
    const { byteOffset } = array;
    if (i < length) {
      if (byteOffset + byteLength <= base && isApart(byteOffset, byteOffset + byteLength)) homes[i] = byteOffset;
    } else if (tensors.get(byteOffset)?.size === byteLength) homes[i] = byteOffset;
    else if (byteOffset + byteLength > base${isOwn}) {
      near = [];${isOfWeights}
      refuse(outputs[i - length], "memory of the model");
    }
  }
}
function isApart(from, to) {
  for (let i = inputs.length; i < near.length; i++) if (from < homes[i] + near[i].byteLength && homes[i] < to) return false;
  return true;
}`;
}

/** The text of `located`, which returns a tensor at the address of a place. Its data are a view of the memory that there is. */
function located(needs: ArenaNeeds): string {
  return `function located(dtype, shape, place) {
  const length = count(shape);
  let data;
  let made;
  return {
    dtype,
    shape,
    get data() {
      if (made === epoch && data.length) return data;
      wake();
      heap.isShown = true;
      made = epoch;
      return data = new ${arrayOf(needs, "dtype")}(bytes.buffer, place.at, length);
    },
  };
}`;
}

/** The text of `resident`, which makes a tensor for a port in memory. */
function resident(needs: ArenaNeeds): string {
  return `function resident({ dtype }, shape) {
  const Data = ${arrayOf(needs, "dtype")};
  const length = count(shape);
  const taken = room(length * Data.BYTES_PER_ELEMENT);
  wake();
  reclaim(heap, heap.top + taken);
  const at = hold(taken);
  wake();
  const size = new Data(bytes.buffer, at, length).fill(0).byteLength;
  const place = { at, size };
  const tensor = located(dtype, shape, place);
  place.tensor = typeof WeakRef === "undefined" ? { deref: () => tensor } : new WeakRef(tensor);
  tensors.set(at, place);
  return tensor;
}`;
}
