/** The fixed parts of a model whose buffers lie in a memory of WebAssembly. */
import { arrayOf, type Needs } from "./needs.ts";

/** The names that these parts, `create` and the kernels' binary have in such a module; no port may have them. */
export const arenaNames: readonly string[] = [
  "base", "binary", "bytes", "copyIn", "copyOut", "decoded", "end", "epoch", "homes", "isApart", "kept", "kernels", "kernelModule", "importsOf", "compileKernels", "createAsync", "lacking", "ready", "given", "isCompiled", "isFresh", "isShown", "located", "messages", "near", "places", "reach", "refuseIndex", "release", "resident", "room", "settle", "tensors", "top", "view", "Map", "WebAssembly",
]; // prettier-ignore

/** The alignment of buffers, and the bytes behind each that kernels may read and write. */
const ALIGNMENT = 64;

/** What a buffer takes in memory, so that the next one behind it is aligned. */
export function room(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT + ALIGNMENT;
}

/** The most elements that a loop copies sooner than a method. */
const MAX_LOOPED = 32;

/** V8 makes no buffer for arrays of at most so many bytes until someone asks for it. */
const MAX_COPIED_BYTES = 64;

/** The texts of `room`, and of the functions that copy arrays into memory and out of it. */
export const arenaSupport: string = `const room = (bytes) => Math.ceil(bytes / ${ALIGNMENT}) * ${ALIGNMENT} + ${ALIGNMENT};

function copyIn(view, at, x) {
  if (x.length > ${MAX_LOOPED}) view.set(x, at);
  else for (let i = 0; i < x.length; i++) view[at + i] = x[i];
}

function copyOut(x, view, at) {
  if (x.length > ${MAX_LOOPED}) x.set(view.subarray(at, at + x.length));
  else for (let i = 0; i < x.length; i++) x[i] = view[at + i];
}`;

export interface ArenaNeeds extends Pick<Needs, "dtypes"> {
  /** The first address of weights, and the first behind them. */
  readonly weights: number;
  readonly start: number;
  /** Whether something is computed of weights alone. */
  readonly prepares: boolean;
  /** The lines that make views of all memory, the ArrayBuffer `buffer`. */
  readonly views: readonly string[];
}

/** The texts of functions in `create` that keep its memory. */
export function arenaFunctions(needs: ArenaNeeds): string[] {
  return [view(needs), reach(needs), release(needs), settle(needs), located(needs), resident(needs)];
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

/**
 * The text of `reach`, which makes memory, or makes it larger. Views of it end, so it returns the arrays of a call with new
 * ones in their places.
 */
function reach({ weights, prepares }: ArenaNeeds): string {
  const prepare = prepares ? "\n      prepare();" : "";
  return `function reach(to, arrays = []) {
  const ends = arrays.map(({ buffer, byteOffset, length }) => buffer === bytes.buffer ? [byteOffset, length] : undefined);
  const isNew = !memory;
  const made = ready;
  if (isNew) {
    compileKernels();
    ready = undefined;
  }
  let found = memory;
  try {
    found ??= made?.memory ?? new WebAssembly.Memory({ initial: Math.ceil(to / 65536) });
    if (to > found.buffer.byteLength) found.grow(Math.ceil((to - found.buffer.byteLength) / 65536));
  } catch (cause) {
    throw new RangeError(\`a call needs \${to} bytes of memory, which cannot be had\`, { cause });
  }
  memory = found;
  view(memory.buffer);
  if (isNew) {
    kernels = made?.kernels ?? new WebAssembly.Instance(kernelModule, importsOf(memory)).exports;
    if (kept) {
      bytes.set(kept, ${weights});
      kept = undefined;${prepare}
    }
  }
  return arrays.map((array, i) => ends[i] ? new array.constructor(memory.buffer, ...ends[i]) : array);
}`;
}

/**
 * The text of `release`, which lets go of memory. Weights, and what is in the tensors of callers, are kept, but views of them
 * end. So nobody can reach a tensor any more that is garbage: its place is given to those behind it.
 */
function release({ weights, start }: ArenaNeeds): string {
  return `function release() {
  if (!memory) return;
  const held = [...tensors.values()];
  tensors.clear();
  base = ${start};
  for (const place of held) {
    if (!place.tensor.deref()) continue;
    bytes.copyWithin(base, place.at, place.at + place.size);
    place.at = base;
    base += room(place.size);
    tensors.set(place.at, place);
  }
  kept = bytes.slice(${weights}, base);
  memory.grow(0);
  memory = kernels = undefined;
  view(new ArrayBuffer(0));
}`;
}

/**
 * The text of `settle`, which finds out which arrays of a call the kernels can use where they are: an output that is all of a
 * tensor in memory, since kernels may write behind it, and an input in memory that no such output is written over.
 */
function settle({ weights, start }: ArenaNeeds): string {
  const isOfWeights =
    start > weights
      ? `\n      if (byteOffset >= ${weights} && byteOffset < ${start}) unfit("lie in " + outputs[i - length].name);`
      : "";
  return `function settle() {
  const { length } = inputs;
  for (let i = near.length - 1; i >= 0; i--) {
    const array = near[i];
    homes[i] = 0;
    // The buffer of a small array may not be there yet, and is slow to make. So it is not asked for where no array lies in
    // memory: before someone has one, and of outputs that a call has made. Small inputs are copied, which takes less time.
    const { byteLength } = array;
    if (!isShown || (i < length ? byteLength <= ${MAX_COPIED_BYTES} : isFresh) || array.buffer !== bytes.buffer) continue;
    const { byteOffset } = array;
    const isInside = byteOffset >= ${start} && byteOffset + byteLength <= base;
    if (i < length) {
      if (isInside && isApart(byteOffset, byteOffset + byteLength)) homes[i] = byteOffset;
    } else if (isInside) {
      if (tensors.get(byteOffset)?.size === byteLength) homes[i] = byteOffset;
    } else {
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
      if (made === epoch) return data;
      if (!memory) reach(base);
      isShown = true;
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
  const at = base;
  const length = count(shape);
  const to = at + room(length * Data.BYTES_PER_ELEMENT);
  if (to > bytes.length) reach(to);
  const size = new Data(bytes.buffer, at, length).fill(0).byteLength;
  base = to;
  const place = { at, size };
  const tensor = located(dtype, shape, place);
  place.tensor = typeof WeakRef === "undefined" ? { deref: () => tensor } : new WeakRef(tensor);
  tensors.set(at, place);
  return tensor;
}`;
}
