/** Nothing elaborates a net twice: an elaboration ends by settling the ties of its parameters, which is counted here. */
import { onTestFinished, describe, expect, test, vi } from "vitest";
import { check, compile, emit, saveSafetensors, tensor } from "../compiler/index.ts";
import { isIntricate } from "../compiler/ir/size/size.ts";
import { elements } from "../compiler/ir/types.ts";
import { resolve } from "../compiler/resolve/index.ts";
import { Ledger } from "../compiler/resolve/ledger.ts";
import { folder, nnc } from "./cli/support.ts";

const net = "model Net { input x: f32[N, 2]; output y = x -> Linear(2, 1) }\n";
const weights = { "y.weight": tensor([[2, 3]]), "y.bias": tensor([1]) };
const files = {
  "net.nn": net,
  "other.nn": net.replace("Net", "Other"),
  "named.nn": `weights "net.safetensors"\n${net}`,
  "net.safetensors": saveSafetensors(weights),
  "x.json": "[[10, 100]]",
};

/** How many elaborations there are while it runs. */
function counted(): () => number {
  const spy = vi.spyOn(Ledger.prototype, "settleTies");
  onTestFinished(() => spy.mockRestore());
  return () => spy.mock.calls.length;
}

describe("once for a net", () => {
  const commands = [
    "check net.nn",
    "check net.nn --entry Net",
    "check named.nn",
    "compile net.nn -o out.mjs",
    "compile named.nn -o out.mjs",
    "run net.nn --input x.json",
    "run net.nn --input x.json --weights net.safetensors",
    "bench net.nn --seconds 0.001",
    "info net.nn",
    "explain net.nn",
    "graph net.nn",
    "graph net.nn --after fuse",
    "print net.nn --after fuse",
    "print net.nn --each",
  ];
  test.each(commands)("nnc %s", async (command) => {
    folder(files);
    const count = counted();
    expect(await nnc(command.split(" "))).toMatchObject({ code: 0 });
    expect(count()).toBe(1);
  });

  test("nnc diff, of two nets", async () => {
    folder(files);
    const count = counted();
    await nnc(["diff", "net.nn", "other.nn"]);
    expect(count()).toBe(2);
  });

  test("check, compile and emit", () => {
    const count = counted();
    expect(check(net, { weights })).toEqual([]);
    expect(count()).toBe(1);
    compile(net, { weights });
    expect(count()).toBe(2);
    emit(net, { weights });
    expect(count()).toBe(3);
  });

  test("nnc check, of a net whose sizes are for the passes to judge", async () => {
    const inputs = Array.from({ length: 12 }, (_, i) => `x${i}`);
    const declared = inputs.map((name, i) => `input ${name}: f32[D${i}]`).join("; ");
    const source = `model Net { ${declared}; output y = [${inputs.join(", ")}] -> Concat }`;
    folder({ "net.nn": source });
    const { graph } = resolve({ file: "net.nn", text: source }, { mode: "eval" });
    expect(graph!.nodes.some(({ types }) => types.some(({ shape }) => isIntricate(elements(shape))))).toBe(
      true,
    );
    const count = counted();
    expect(await nnc(["check", "net.nn"])).toMatchObject({ code: 0 });
    expect(count()).toBe(1);
  });
});
