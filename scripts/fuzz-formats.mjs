// Mutates valid files of each format and reads them: `node scripts/fuzz-formats.mjs [files of each: 20000] [seed: 0]`.
// A file gives tensors or an error of ours. Anything else is printed with the file, and the exit code is 1: another
// exception, a second of processor time for one file, bytes from outside the file, tensors that change on being saved.
// It runs what scripts/setup.mjs has built.
import {
  arrayFor,
  dtypes,
  loadNpy,
  loadSafetensors,
  NpyError,
  SafetensorsError,
  saveNpy,
  saveSafetensors,
  sizeOf,
  tensor,
} from "../dist/runtime/index.js";

const [count, seed] = [process.argv[2] ?? "20000", process.argv[3] ?? "0"].map(Number);
if (!(count >= 1 && Number.isSafeInteger(count) && Number.isSafeInteger(seed))) {
  console.error("usage: node scripts/fuzz-formats.mjs [files of each format] [seed]");
  process.exit(2);
}
const random = randomOf(seed);
const SLOW_MS = 1000;

const shapes = [[], [1], [3], [2, 3], [0], [2, 0, 3], [1, 2, 1, 2]];

function sampleTensor(dtype, shape) {
  return tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => i % 2),
    { dtype, shape },
  );
}

function withLength(header, lengthBytes, before = []) {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntLE(header.length, 0, Math.min(lengthBytes, 6));
  return [Buffer.from(before), length, Buffer.from(header, "latin1")];
}

/** Files with names, sizes and dtypes of all kinds, as nnc writes them and as other programs may. */
function safetensorsFiles() {
  const all = Object.fromEntries(
    dtypes.map((dtype, i) => [dtype, sampleTensor(dtype, shapes[i % shapes.length])]),
  );
  const weights = { "0.weight": sampleTensor("f32", [2, 3]), "0.bias": sampleTensor("f32", [2]) };
  const byHand = (header, bytes) => Buffer.concat([...withLength(header, 8), Buffer.alloc(bytes, 1)]);
  return [
    saveSafetensors({}),
    saveSafetensors(all, { metadata: { format: "pt" } }),
    ...["F32", "F16", "BF16"].map((floats) => saveSafetensors(weights, { floats })),
    byHand(
      '{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"F64","shape":[2],"data_offsets":[1,17]}}',
      17,
    ),
    byHand(
      '{"x":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"y":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[2,5]}}',
      5,
    ),
    byHand(
      ' {"e":{"dtype":"F16","shape":[0, 7],"data_offsets":[0,0]},\n"\\u00e9":{"dtype":"C64","shape":[],"data_offsets":[0,8]}}',
      8,
    ),
  ];
}

function npyFiles() {
  const byHand = (version, descr, fortran, shape, bytes) => {
    const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
    const magic = [0x93, ...Buffer.from("NUMPY"), version, 0];
    return Buffer.concat([...withLength(header, version === 1 ? 2 : 4, magic), Buffer.alloc(bytes, 1)]);
  };
  return [
    ...dtypes.map((dtype, i) => saveNpy(sampleTensor(dtype, shapes[i % shapes.length]))),
    byHand(1, ">f8", "False", "2, 2", 32),
    byHand(1, "<f2", "True", "3, 2", 12),
    byHand(2, ">i4", "True", "2, 1, 3", 24),
    byHand(3, "|b1", "False", "5,", 5),
  ];
}

const formats = [
  {
    name: "safetensors",
    files: safetensorsFiles(),
    lengthField: () => [0, 8],
    /** Reads the file's tensors into a list, and saves them again. */
    read: (file) => {
      const record = loadSafetensors(file);
      return { tensors: Object.values(record), saved: saveSafetensors(record) };
    },
    OurError: SafetensorsError,
  },
  {
    name: "npy",
    files: npyFiles(),
    lengthField: (file) => [8, file[6] === 1 ? 2 : 4],
    read: (file) => {
      const t = loadNpy(file);
      return { tensors: [t], saved: saveNpy(t) };
    },
    OurError: NpyError,
  },
];

function below(n) {
  return Math.floor(random() * n);
}

function pick(list) {
  return list[below(list.length)];
}

const numbers = [
  "0",
  "1",
  "2",
  "3",
  "4",
  "6",
  "8",
  "16",
  "17",
  "24",
  "255",
  "-1",
  "-0",
  "1.0",
  "1e1",
  "007",
  "4294967296",
];
const large = [31n, 53n, 62n, 63n, 64n].flatMap((power) => [2n ** power - 1n, 2n ** power]).map(String);

function flipBits(file) {
  if (file.length > 0) file[below(file.length)] ^= 1 << below(8);
  return file;
}

function truncate(file) {
  return file.subarray(0, below(file.length + 1));
}

/** Inserts a piece of another file, or overwrites a part with it. */
function splice(file, format) {
  const other = pick(format.files);
  const piece = other.subarray(below(other.length), below(other.length));
  const at = below(file.length + 1);
  return Buffer.concat([file.subarray(0, at), piece, file.subarray(at + below(2) * piece.length)]);
}

function editNumber(file, format) {
  const text = file.toString("latin1");
  const found = [...text.matchAll(/\d+/g)];
  if (found.length === 0) return file;
  const { index, 0: digits } = pick(found);
  const written = pick(below(3) > 0 ? numbers : large);
  const edited = Buffer.from(text.slice(0, index) + written + text.slice(index + digits.length), "latin1");
  // The length of the header is mostly adjusted, so that the header is still found whole.
  const longer = below(4) > 0 ? written.length - digits.length : 0;
  return setLength(edited, format, (length) => length + longer);
}

function editLength(file, format) {
  return setLength(file, format, (length) =>
    pick([0, 1, length - 1, length + 1, length + 8, file.length, 2 ** (1 + below(47))]),
  );
}

const mutations = [flipBits, truncate, splice, editNumber, editLength];

function setLength(file, format, change) {
  const [at, bytes] = format.lengthField(file);
  if (file.length < at + bytes) return file;
  const width = Math.min(bytes, 6);
  const length = Math.max(0, change(file.readUIntLE(at, width))) % 2 ** (8 * width);
  file.writeUIntLE(length, at, width);
  return file;
}

function mutated(format) {
  let file = Buffer.from(pick(format.files));
  // Numbers are changed more often than other parts, as other changes seldom get past the header.
  for (let times = 1 + below(3); times > 0; times--)
    file = (below(2) > 0 ? editNumber : pick(mutations))(file, format);
  return file;
}

/** A copy of the file inside a larger buffer. */
function within(file, offset, filler) {
  const buffer = new Uint8Array(offset + file.length + 16).fill(filler);
  buffer.set(file, offset);
  return buffer.subarray(offset, offset + file.length);
}

/**
 * The outcome of reading a file: "tensors", or the kind of the error. Throws if something happens that must not.
 */
function outcome(format, bytes) {
  const file = within(bytes, below(9), 0xaa);
  let result;
  try {
    result = format.read(file);
  } catch (error) {
    if (error instanceof format.OurError && typeof error.kind === "string") return error.kind;
    throw error;
  }
  for (const { dtype, shape, data } of result.tensors) {
    const isView = data.buffer === file.buffer;
    const end = data.byteOffset + data.byteLength;
    if (isView && (data.byteOffset < file.byteOffset || end > file.byteOffset + file.length))
      throw new Error("a tensor lies outside of the file");
    if (!(data instanceof arrayFor(dtype)) || data.length !== sizeOf(shape))
      throw new Error(`${dtype} [${shape}] has ${data.length} elements in a ${data.constructor.name}`);
  }
  const elsewhere = format.read(within(bytes, below(9), 0x55));
  if (Buffer.compare(elsewhere.saved, result.saved) !== 0) throw new Error("bytes around the file are read");
  if (Buffer.compare(format.read(result.saved).saved, result.saved) !== 0)
    throw new Error("saving changes the tensors");
  return "tensors";
}

for (const format of formats) {
  const outcomes = new Map();
  for (let i = 0; i < count; i++) {
    const file = mutated(format);
    const start = process.cpuUsage();
    try {
      const kind = outcome(format, file);
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
      const took = process.cpuUsage(start).user / 1000;
      if (took > SLOW_MS) throw new Error(`it took ${Math.round(took)} ms`);
    } catch (error) {
      console.error(`${format.name}, seed ${seed}, file ${i}:\n${file.toString("hex")}\n${error.stack}`);
      process.exit(1);
    }
  }
  console.log(`${format.name}: ${count} files, seed ${seed}`);
  for (const [kind, n] of [...outcomes].sort((a, b) => b[1] - a[1]))
    console.log(`${String(n).padStart(9)}  ${kind}`);
}

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
