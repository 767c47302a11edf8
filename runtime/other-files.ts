// Files of other formats that are given in place of ours, known by their first bytes: what to do with them.

export interface OtherFile {
  /** `an .npz archive of NumPy` */
  readonly what: string;
  /** What makes a safetensors file of it, in words and Python. */
  readonly asWeights: string;
  /** What makes an .npy file of it. */
  readonly asArray: string;
}

const npz: OtherFile = {
  what: "an .npz archive of NumPy",
  asWeights: 'in Python, safetensors.numpy.save_file(dict(numpy.load("w.npz")), "w.safetensors") makes weights of it', // prettier-ignore
  asArray: 'in Python, numpy.save("x.npy", numpy.load("x.npz")["name"]) takes an array out of it',
};

const torch: OtherFile = {
  what: "a file of torch.save",
  asWeights: 'in Python, safetensors.torch.save_file(torch.load("w.pt"), "w.safetensors") makes weights of a state_dict', // prettier-ignore
  asArray: 'in Python, numpy.save("x.npy", torch.load("x.pt").numpy()) makes an .npy file of a tensor',
};

const npy: OtherFile = {
  what: "an .npy file, whose array has no name",
  asWeights:
    'in Python, safetensors.numpy.save_file({"fc.weight": numpy.load("w.npy")}, "w.safetensors") names it',
  asArray: "it can be read as it is",
};

const pickle: OtherFile = { ...torch, what: "a pickle of Python" };

const others: readonly (readonly [magic: string, file: OtherFile])[] = [
  // Protocols 2 to 5.
  ...["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map((magic) => [magic, pickle] as const),
  ["\x89HDF\r\n", readBy("h5py", "an HDF5 file")],
  ["GGUF", readBy("gguf", "a GGUF file")],
  ["\x1f\x8b", { what: "a gzip file", asWeights: "unpack it first", asArray: "unpack it first" }],
];

function readBy(reader: string, what: string): OtherFile {
  return {
    what,
    asWeights: `read it with ${reader} in Python, and write it with safetensors.numpy.save_file`,
    asArray: `read it with ${reader} in Python, and write it with numpy.save`,
  };
}

/** Undefined for what begins as none of these. */
export function otherFile(bytes: Uint8Array): OtherFile | undefined {
  if (startsWith(bytes, "PK\x03\x04")) return zipped(bytes);
  if (isNpy(bytes)) return npy;
  return others.find(([magic]) => startsWith(bytes, magic))?.[1];
}

export function isNpy(bytes: Uint8Array): boolean {
  return startsWith(bytes, "\x93NUMPY");
}

/** Archives tell by the name of their first entry, which begins at byte 30 (APPNOTE.TXT, 4.3.7). */
function zipped(bytes: Uint8Array): OtherFile {
  const length = bytes.length < 30 ? 0 : bytes[26]! + 256 * bytes[27]!;
  const name = new TextDecoder().decode(bytes.subarray(30, 30 + length));
  if (name.endsWith(".npy")) return npz;
  return name.endsWith("data.pkl") ? torch : { ...torch, what: "a zip archive, such as torch.save writes" };
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, magic.length)) === magic;
}
