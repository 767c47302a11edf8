/** Files of other formats in place of ours are called by their names. */
import { expect, test } from "vitest";
import { loadSafetensors, saveNpy, tensor } from "../../runtime/index.ts";
import { isNpy, otherFile } from "../../runtime/other-files.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** A zip archive's first local header, and nothing behind the name. */
function zip(name: string): Uint8Array {
  return ascii(`PK\x03\x04${"\0".repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`);
}

test.each<[string, Uint8Array, RegExp]>([
  ["npz", zip("weight.npy"), /^it is an \.npz archive of NumPy; .*safetensors\.numpy\.save_file/],
  ["torch.save", zip("archive/data.pkl"), /^it is a file of torch\.save; .*safetensors\.torch\.save_file/],
  ["zip", zip("notes.txt"), /^it is a zip archive, such as torch\.save writes; .*safetensors\.torch/],
  ["pickle", ascii(`\x80\x02}q\0.${" ".repeat(9)}`), /^it is a pickle of Python; /],
  ["HDF5", ascii("\x89HDF\r\n\x1a\n        "), /^it is an HDF5 file; read it with h5py/],
  ["npy", saveNpy(tensor([1, 2])), /^it is an \.npy file, whose array has no name; /],
  ["old torch.save", ascii("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."), /^it is a file of torch\.save; /],
  ["GGUF", ascii("GGUF\x03\0\0\0"), /^it is a GGUF file; read it with gguf/],
  // Its first eight bytes are a length that may be right.
  ["gzip", ascii("\x1f\x8b\x08\0\0\0\0\0\0\x03"), /^it is a gzip file; unpack it first$/],
  ["zstd", ascii("\x28\xb5\x2f\xfd\x04\0"), /^it is an archive; unpack it first$/],
  ["tar", ascii(`w.safetensors${"\0".repeat(244)}ustar\0`), /^it is an archive; /],
  [
    "LFS",
    ascii("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1134\n"),
    /^it is a pointer of Git LFS to the file that begins `version https:.*`; `git lfs pull` fetches the file$/,
  ],
  [
    "HTML",
    ascii("\n<!doctype html>\n<title>Not\tfound</title>"),
    /^it is an HTML page that begins `<!doctype html> <title>Not found<\/title>`; is the path or the URL right\? /,
  ],
  [
    "HTML in capitals",
    ascii("\xef\xbb\xbf<!-- a --><HTML lang=de>"),
    /^it is an HTML page that begins `<!-- a --><HTML lang=de>`/,
  ],
  ["XHTML", ascii('<?xml version="1.0"?>\n<html>'), /^it is an HTML page/],
  [
    "XML",
    ascii('<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'),
    /^it is XML that begins `<\?xml version="1\.0"\?> <Error><Code>AccessDenied<\/Code><\/Erro`; /,
  ],
  ["JSON", ascii('{ "weight": [1, 2] }'), /^it is JSON that begins `{ "weight": \[1, 2\] }`; /],
  ["short JSON", ascii("{}"), /^it is JSON that begins `{}`; /],
  [
    "a text",
    ascii("404: Not Found"),
    /^it is a text that begins `404: Not Found`; is the path or the URL right\?/,
  ],
  ["nothing", new Uint8Array(0), /^it is empty: a safetensors file has at least 8 bytes$/],
  [
    "noise",
    Uint8Array.of(255, 1, 2, 3, 4, 5, 6, 7, 8),
    /^header too large: .* is this a safetensors file\? /,
  ],
])("%s as weights", (_, bytes, message) => {
  expect(() => loadSafetensors(bytes)).toThrow(message);
});

test("cut off anywhere, they are no others", () => {
  const archive = zip("weight.npy");
  for (let length = 0; length <= archive.length; length++) {
    const found = otherFile(archive.subarray(0, length))?.what;
    expect(found).toBe(length < 4 ? undefined : length < archive.length ? "a zip archive, such as torch.save writes" : "an .npz archive of NumPy"); // prettier-ignore
  }
  expect(isNpy(ascii("\x93NUMP"))).toBe(false);
});

// The lengths of their headers begin as a pickle and as a gzip file do.
test.each([0x280, 0x8b1f])("a safetensors file that is cut off is no other: %i", (length) => {
  const file = ascii(`${String.fromCharCode(length & 255, length >> 8)}${"\0".repeat(6)}{"w":`);
  expect(otherFile(file)).toBeUndefined();
  expect(() => loadSafetensors(file)).toThrow(/^invalid header length: .* is it cut off\?$/);
});

test("a safetensors file is bytes", () => {
  for (const bytes of [undefined, "weights.safetensors", new ArrayBuffer(16)])
    expect(() => loadSafetensors(bytes as unknown as Uint8Array)).toThrow(
      /^a safetensors file is given as a Uint8Array/,
    );
});
