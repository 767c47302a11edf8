/** Schedules that a user gives: what they change, and what they are told. */
import { expect, test } from "vitest";
import { compile, emit, check, type CompileOptions } from "../compiler/index.ts";
import { drive } from "../compiler/drive/driver.ts";
import { printPlan } from "../compiler/ir/plan/print-plan.ts";
import { refusal } from "./compiled.ts";
import { folder, nnc } from "./cli/support.ts";

const net = "Linear(40, 10) -> ReLU -> Softmax(1)\n";
const given = (text: string): CompileOptions => ({ schedule: { file: "fast.txt", text } });
const schedulesOf = (options: CompileOptions): string[] =>
  printPlan(drive(net, options).plan).match(/^(schedule: .*\n)?kernel \S+\(/gm)!;

test("a kernel has the schedule that is given, and the others that of the target", () => {
  const [linear, softmax] = schedulesOf({});
  expect(linear).toBe(
    "schedule: jam i by 4, jam j by 4, jam i.rest.j by 4, sums i.rest.j.rest.k by 4\nkernel Linear_ReLU(",
  );
  const text = "# two rows at once\nLinear_ReLU: jam i by 2,  jam j by 5 # and five columns\n\n";
  expect(schedulesOf(given(text))).toEqual([
    "schedule: jam i by 2, jam j by 5\nkernel Linear_ReLU(",
    softmax,
  ]);
  expect(schedulesOf(given("Softmax:"))).toEqual([linear, "kernel Softmax("]);
});

test("a schedule changes no number but by the order of sums", () => {
  const x = {
    dtype: "f32",
    shape: [7, 40],
    data: Float32Array.from({ length: 280 }, (_, i) => Math.sin(i)),
  } as const;
  const want = compile(net)({ x }).data;
  const plain = given("Linear_ReLU:\nSoftmax: unroll k by 5");
  const other = given(
    "Linear_ReLU: jam i by 3, jam j by 2, jam i.rest.j by 2, sums i.rest.k by 8\nSoftmax: sums j by 2, sums k by 3",
  );
  const groups = given("Linear_ReLU: split j by 5, jam j.part by 5, split i by 2, jam i.part by 2");
  const packed = given("Linear_ReLU: split j by 5, reorder i, pack weight in j, pack x in i");
  const ranges = given("Linear_ReLU: split i by 3, jam i.part by 3\nSoftmax: parallel i");
  const columns = given("Softmax:\nLinear_ReLU: reorder i, pack x in j");
  expect(emit(net, plain).code).not.toBe(emit(net).code);
  for (const options of [plain, other, groups, packed, ranges, columns])
    compile(
      net,
      options,
    )({ x }).data.forEach((value, i) => expect(Math.abs(Number(value) - Number(want[i]))).toBeLessThan(1e-6));
});

test.each([
  ["jam i by 4", "1:1", "this is no schedule of a kernel"],
  ["Linear_ReLU: jam i", "1:14", "`jam i` is no directive"],
  ["Linear_ReLU: jam i by 4,", "1:25", "`` is no directive"],
  ["Linear_ReLU: jam i by 1", "1:14", "`jam i by 1` is no directive"],
  ["Linear_ReLU: fuse i by 4", "1:14", "`fuse i by 4` is no directive"],
  ["Linear_ReLU: reorder i by 4", "1:14", "`reorder i by 4` is no directive"],
  ["Linear_ReLU: pack weight", "1:14", "`pack weight` is no directive"],
  ["Linear_ReLU: pack weight by j", "1:14", "`pack weight by j` is no directive"],
  ["Linear_ReLU: reorder j", "1:14", "`reorder` cannot be done: the loop j has more in it than one loop"],
  ["Linear_ReLU: fuse j", "1:14", "`fuse` cannot be done: the loop j has more in it than one loop"],
  ["Linear_ReLU: peel j", "1:14", "`peel` cannot be done: the loop j is the same at its edges"],
  [
    "Linear_ReLU: parallel j",
    "1:14",
    "`parallel` cannot be done: the loop j is not outermost, nor alone in loops that are parallel",
  ],
  ["Linear_ReLU: pack y in j", "1:14", "`pack` cannot be done: the loop j stores to y"],
  ["Linear_ReLU: pack z in j", "1:14", "`pack` cannot be done: the loop j reads nothing of z"],
  [
    "Linear_ReLU: jam j by 2, pack weight in i",
    "1:26",
    "`pack` cannot be done: the loop i reads several places of weight",
  ],
  ["Softmax:\n Softmax: jam i by 2", "2:2", "the kernel Softmax has two schedules"],
  ["Linear: jam i by 4", "1:1", "the net has no kernel Linear"],
  [
    "Linear_ReLU: jam i by 4, jam z by 4",
    "1:26",
    "`jam` cannot be done: the loop z is none of the loops that there are",
  ],
  [
    "Linear_ReLU: unroll j by 4",
    "1:14",
    "`unroll` cannot be done: the loop j has more in it than sums and stores",
  ],
  ["Linear_ReLU: jam k by 4", "1:14", "`jam` cannot be done: the loop k has no loop inside, or several"],
  ["Linear_ReLU: sums i by 4", "1:14", "`sums` cannot be done: the loop i has more in it"],
  ["Linear_ReLU: jam j by 20", "1:14", "`jam` cannot be done: the loop j has 10 rounds alone"],
  [
    "Linear_ReLU: jam i by 4, jam i by 2",
    "1:26",
    "`jam` cannot be done: the loop i does not count from 0 by ones",
  ],
  ["Linear_ReLU: vector j by 4", "1:14", "`vector` cannot be done: the loop j has no lanes on this target"],
  ["Softmax: jam i by 2", "1:10", "`jam` cannot be done: the loop i has no loop inside, or several"],
])("%s is NN4109 at %s", (text, place, message) => {
  const told = refusal(net, given(text));
  expect(told).toContain(`fast.txt:${place} error NN4109: ${message}`);
});

test.each([
  [
    "LocalResponseNorm(3)",
    "LocalResponseNorm: jam j by 4",
    "`jam` cannot be done: the loop j has a loop l whose rounds differ",
  ],
  [
    "Sum([0, 2])",
    "Sum: jam i by 2",
    "`jam` cannot be done: the loop i adds to sum, which goes on from round to round",
  ],
])("%s: %s is refused", (layer, text, message) => {
  const { plan } = drive(`model M { input x: f32[4, 8, 5]; output x -> ${layer} }`, {});
  const named = text.replace(/^\w+/, plan.run[0]!.kernel.name);
  expect(
    refusal(`model M { input x: f32[4, 8, 5]; output x -> ${layer} }`, given(named)),
    printPlan(plan),
  ).toContain(message);
});

test.each([
  ["Transpose: vector j by 8", "the loop j can have 4 lanes alone"],
  ["Transpose: vector j by 4, vector j by 4", "the loop j has lanes already"],
])("for vectors, %s is refused", (text, message) => {
  const source = "model M { input x: f32[M, N]; output y = (x -> Transpose(0, 1)) + 1 }";
  const { plan } = drive(source, { target: "wasm" });
  const named = text.replace(/^\w+/, plan.run[0]!.kernel.name);
  expect(refusal(source, { ...given(named), target: "wasm" })).toContain(
    `\`vector\` cannot be done: ${message}`,
  );
});

test("a wrong option is NN4103", () => {
  expect(check(net, { schedule: {} } as unknown as CompileOptions)).toMatchObject([{ code: "NN4103" }]);
  expect(check(net, { schedule: "x" } as unknown as CompileOptions)).toMatchObject([{ code: "NN4103" }]);
});

test("the command line reads the file, and explain tells what is chosen", async () => {
  folder({ "n.nn": net, "s.txt": "Linear_ReLU: jam j by 2\n", "wrong.txt": "Linear: jam j by 2\n" });
  const plain = await nnc(["compile", "n.nn", "-o", "-"]);
  const own = await nnc(["compile", "n.nn", "-o", "-", "--schedule", "s.txt"]);
  expect([plain.code, own.code]).toEqual([0, 0]);
  expect(own.out).not.toBe(plain.out);
  const wrong = await nnc(["compile", "n.nn", "-o", "-", "--schedule", "wrong.txt"]);
  expect(wrong).toMatchObject({ code: 1, out: "" });
  expect(wrong.err).toContain("wrong.txt:1:1 error NN4109: the net has no kernel Linear\n");
  expect(wrong.err).toContain("help: the net has `Linear_ReLU`, `Softmax`");
  expect((await nnc(["compile", "n.nn", "-o", "-", "--schedule", "none.txt"])).err).toContain(
    "cannot read none.txt: ",
  );
  expect((await nnc(["explain", "n.nn"])).out).toContain(
    "The loops of Linear (0, n.nn:1:1) and ReLU (1, n.nn:1:19) are rearranged: jam i by 4, jam j by 4, jam i.rest.j by 4, sums i.rest.j.rest.k by 4.",
  );
});
