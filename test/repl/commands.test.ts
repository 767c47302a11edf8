/** Commands that show what others of the same name show for a file. */
import { mkdirSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { planPasses } from "../../compiler/pipeline/pipeline.ts";
import { files, folder, nnc, text } from "../cli/support.ts";
import { piped } from "./support.ts";

const net = "LayerNorm(10, eps=0) -> PReLU(0.25)";

test.each([
  ["info", ["info"]],
  ["explain", ["explain", "--target", "js"]],
  ["graph", ["print", "--after", "resolve"]],
  ["plan", ["print", "--after", planPasses.at(-1)!.name]],
  ["code", ["print", "--after", "emit"]],
])(".%s", async (command, argv) => {
  // A file of the same name, in which the net stands at the same place.
  folder({ repl: net.padStart(net.length + command.length + 2) });
  const { out, err } = await piped(`.${command} ${net}\n`);
  expect(err).toBe("");
  const other = await nnc([argv[0]!, "repl", ...argv.slice(1)]);
  expect(other.code).toBe(0);
  expect(withoutHash(out)).toBe(withoutHash(other.out));
});

/** Without what follows from the source: its hash, and the name of the compile, which is a hash of the header, too. */
function withoutHash(text: string): string {
  return text
    .replace(/sha256 \w+/, "")
    .replace(/compiled = "\w+"/, "")
    .trim();
}

test("of the last line, and in the session's mode", async () => {
  const { out } = await piped("[[1, 2], [3, 5]] -> BatchNorm1d(2)\n.mode train\n.graph\n.explain ReLU\n");
  expect(out).toContain("BatchNorm1d");
  expect(out).toContain("train mode");
});

test(".layers", async () => {
  for (const name of ["ReLU", "Repeat", "**"]) {
    const { out } = await piped(`.layers ${name}\n`);
    expect(out).toBe((await nnc(["layers", name])).out);
  }
  const { out } = await piped(".layers\n");
  expect((await nnc(["layers"])).out).toContain(out);
});

test(".time measures without changing anything", async () => {
  const lines = [".mode train", "b = BatchNorm1d(2)", ".time [[1, 2], [3, 5]] -> b", ".weights b.num_batches_tracked", ".time"]; // prettier-ignore
  const { out, err } = await piped(lines.join("\n"));
  expect(out).toMatch(/^[\d.]+ (ns|µs|ms|s), the median of [\d,]+ runs?\ntensor\(0, dtype=torch.int32\)\n$/);
  expect(err).toBe("nnc: there is no net yet: write an expression\n");
});

test("who looks for the way out or around is shown it", async () => {
  const { out, err } = await piped("exit\nquit()\nhelp\nclear\n.\nexit = 3\nexit\n");
  expect(out).toBe("3\n");
  expect(err.split("\n")).toEqual([
    "nnc: commands begin with a dot: .exit or Ctrl-D leaves",
    "nnc: commands begin with a dot: .exit or Ctrl-D leaves",
    "nnc: commands begin with a dot: .help shows them",
    "nnc: commands begin with a dot: .reset forgets everything, and Ctrl-L clears the screen",
    "nnc: there is no command .: .help shows them",
    "",
  ]);
});

test(".save keeps the file that it cannot replace, and leaves nothing beside it", async () => {
  folder({ "old.nn": "ReLU\n" });
  mkdirSync("folder.nn");
  symlinkSync("old.nn", "link.nn");
  const { err } = await piped(
    "m = Tanh\n.save nowhere/x.nn\n.save folder.nn\n.save link.nn\n.save --force link.nn\n",
  );
  expect(err).toBe(
    "nnc: cannot write nowhere/x.nn: there is no folder nowhere\n" +
      "nnc: cannot write folder.nn: it is a directory\n" +
      "nnc: cannot write link.nn: it is there already: .save --force link.nn replaces it, or choose another name\n",
  );
  expect(text("old.nn")).toBe("m = Tanh\n");
  expect(files()).toEqual(["folder.nn", "link.nn", "old.nn"]);
});

test(".load wants a text", async () => {
  folder({ "wide.nn": new Uint8Array([0xff, 0xfe, 0x61, 0]) });
  const { err } = await piped(".load wide.nn\n");
  expect(err).toBe("nnc: cannot read wide.nn: it is UTF-16: save it as UTF-8\n");
});
