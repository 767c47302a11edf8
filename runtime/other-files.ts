// Files of other formats that are given in place of ours, known by how they begin: what to do with them.
/* oxlint-disable no-control-regex -- formats are marked by such bytes */

/**
 * A kind of file. Modules that read weights contain a copy of this table, so patterns and words are plain data.
 */
export interface OtherKind {
  /** Matches the first bytes of the file, each taken as one character. */
  readonly pattern: RegExp;
  /** The file in words: `an .npz archive of NumPy`. */
  readonly what: string;
  /** How to make a safetensors file of it, in words and Python. */
  readonly asWeights: string;
  /** How to make an .npy file of it. */
  readonly asArray: string;
  /** Whether it is a text, whose first line is quoted. */
  readonly isText?: true;
}

export interface OtherFile {
  /** The file in words: `an HTML page that begins <!doctype html>`. */
  readonly what: string;
  readonly asWeights: string;
  readonly asArray: string;
  readonly isText?: true;
}

/** The number of first bytes that tell what a file is: the mark of a tar archive comes after byte 257. */
export const TELLING = 512;

const torch = {
  what: "a file of torch.save",
  asWeights:
    'in Python, safetensors.torch.save_file(torch.load("w.pt"), "w.safetensors") makes weights of a state_dict',
  asArray: 'in Python, numpy.save("x.npy", torch.load("x.pt").numpy()) makes an .npy file of a tensor',
};

/**
 * The beginning of a safetensors file. Its length may look like the mark of another format: a length of 640 has
 * the first bytes of a pickle.
 */
export const OURS: RegExp = /^[^]{4}\0{4}\{/;

/**
 * The first pattern that matches tells the kind. Archives are recognised by the name of their first entry, after
 * byte 30 (APPNOTE.TXT, 4.3.7).
 */
export const otherKinds: readonly OtherKind[] = [
  {
    pattern: /^PK\x03\x04[^]{26}[^\0]*\.npy/,
    what: "an .npz archive of NumPy",
    asWeights:
      'in Python, safetensors.numpy.save_file(dict(numpy.load("w.npz")), "w.safetensors") makes weights of it',
    asArray: 'in Python, numpy.save("x.npy", numpy.load("x.npz")["name"]) takes an array out of it',
  },
  { ...torch, pattern: /^(?:PK\x03\x04[^]{26}[^\0]*data\.pkl|\x80\x02\x8a\x0al\xfc\x9cF\xf9)/ },
  { ...torch, pattern: /^PK\x03\x04/, what: "a zip archive, such as torch.save writes" },
  // Protocols 2 to 5.
  { ...torch, pattern: /^\x80[\x02-\x05]/, what: "a pickle of Python" },
  {
    pattern: /^\x93NUMPY/,
    what: "an .npy file, whose array has no name",
    asWeights:
      'in Python, safetensors.numpy.save_file({"fc.weight": numpy.load("w.npy")}, "w.safetensors") names it',
    asArray: "it can be read as it is",
  },
  readBy("h5py", "an HDF5 file", /^\x89HDF\r\n/),
  readBy("gguf", "a GGUF file", /^GGUF/),
  packed("a gzip file", /^\x1f\x8b/),
  packed("an archive", /^(?:BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|[^]{257}ustar)/),
  text("a pointer of Git LFS to the file", /^version https:\/\/git-lfs/, "`git lfs pull` fetches the file"),
  // A page may begin with a comment or, if it is XHTML, in the same way as XML.
  text(
    "an HTML page",
    /^(?:\xef\xbb\xbf)?\s*<(?:[^]*<)?(?:!doctype html|html|head|body)\b/i,
    "is the path or the URL right? Some servers answer with a page where they have no such file",
  ),
  text("XML", /^(?:\xef\xbb\xbf)?\s*</, "is it the answer of a server that has no such file?"),
  text("JSON", /^(?:\xef\xbb\xbf)?\s*[[{]/, "is it the answer of a server that has no such file?"),
  text("a text", /^[\t\n\r -~]{8,}$/, "is the path or the URL right?"),
];

function readBy(reader: string, what: string, pattern: RegExp): OtherKind {
  return {
    pattern,
    what,
    asWeights: `read it with ${reader} in Python, and write it with safetensors.numpy.save_file`,
    asArray: `read it with ${reader} in Python, and write it with numpy.save`,
  };
}

function packed(what: string, pattern: RegExp): OtherKind {
  return { pattern, what, asWeights: "unpack it first", asArray: "unpack it first" };
}

function text(what: string, pattern: RegExp, help: string): OtherKind {
  return { pattern, what, asWeights: help, asArray: help, isText: true };
}

/** The kind of a file; undefined if its beginning matches none. */
export function otherFile(bytes: Uint8Array): OtherFile | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, TELLING));
  const kind = OURS.test(start) ? undefined : otherKinds.find(({ pattern }) => pattern.test(start));
  if (kind === undefined) return undefined;
  return kind.isText ? { ...kind, what: `${kind.what} that begins \`${beginning(start)}\`` } : kind;
}

/** The beginning of a text on one line. Modules contain the same wording. */
function beginning(start: string): string {
  return start
    .replace(/[^!-~]+/g, " ")
    .slice(0, 60)
    .trim();
}

export function isNpy(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 6)) === "\x93NUMPY";
}
