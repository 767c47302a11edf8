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
  ["JSON", ascii('{ "weight": [1, 2] }'), /^header too large: .* is this a safetensors file\? /],
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

test("a safetensors file is bytes", () => {
  for (const bytes of [undefined, "weights.safetensors", new ArrayBuffer(16)])
    expect(() => loadSafetensors(bytes as unknown as Uint8Array)).toThrow(
      /^a safetensors file is given as a Uint8Array/,
    );
});
