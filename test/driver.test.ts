/** Options of compile and emit: what they refuse, and weights from files. */
import { describe, expect, test } from "vitest";
import { compile, emit, NnError, saveSafetensors, tensor, type CompileOptions } from "../compiler/index.ts";

const linear = "Linear(2, 1)\n";

function refusal(source: string, options: CompileOptions): string {
  try {
    compile(source, options);
  } catch (cause) {
    if (cause instanceof NnError) return cause.message;
    throw cause;
  }
  return "taken";
}

describe("choices", () => {
  test("a mode that is none is NN4103", () => {
    const mode = "training" as "train";
    expect(refusal(linear, { mode })).toContain(
      'NN4103: the option mode is "eval" or "train", not "training"',
    );
  });

  test("so is a target that is none", () => {
    const target = "wasm" as "js";
    expect(refusal(linear, { target })).toContain('NN4103: the option target is "auto" or "js"');
  });
});

describe("weights", () => {
  const weight = tensor([[2, 3]]);
  const bias = tensor([1]);
  const fitting = { "0.weight": weight, "0.bias": bias };

  test("replace what was drawn", () => {
    expect([...compile(linear, { weights: fitting })([10, 100]).data]).toEqual([321]);
  });

  test("every problem is NN4102", () => {
    const message = refusal(linear, { weights: { "0.weight": tensor([[2]]), other: bias } });
    expect(message).toContain("NN4102: weights do not fit the model: 0.weight has shape [1, 1]");
    expect(message).toContain("missing: 0.bias [1]");
    expect(message).toContain("unexpected: other");
  });

  test("without strict, names may be missing and unexpected, but shapes must fit", () => {
    const partial = { "0.bias": bias, other: bias };
    const model = compile(linear, { weights: partial, strict: false });
    expect(model.parameters["0.bias"]!.data).toEqual(bias.data);
    expect(refusal(linear, { weights: { "0.bias": weight }, strict: false })).toContain("NN4102");
  });

  const stated = `weights "w.safetensors"\n${linear}`;

  test("come from the file that the source names, beside it", () => {
    const bytes = saveSafetensors(fitting);
    const read = (path: string): Uint8Array => {
      expect(path).toBe("nets/w.safetensors");
      return bytes;
    };
    expect([...compile(stated, { filename: "nets/a.nn", read })([10, 100]).data]).toEqual([321]);
  });

  test("a file that cannot be read is NN4101, and other weights replace it whole", () => {
    const read = (): never => {
      throw new Error("no such file");
    };
    expect(refusal(stated, { read })).toContain(
      "NN4101: the weights w.safetensors cannot be read: no such file",
    );
    expect([...compile(stated, { read, weights: fitting })([10, 100]).data]).toEqual([321]);
  });

  test("a truncated file is NN4101 with the reason", () => {
    const bytes = saveSafetensors(fitting).slice(0, 100);
    expect(refusal(stated, { read: () => bytes })).toMatch(/NN4101: .*/);
  });

  test("counters that older state dicts lack start at 0", () => {
    const { num_batches_tracked: _, ...old } = {
      "0.weight": tensor([1]),
      "0.bias": tensor([0]),
      "0.running_mean": tensor([2]),
      "0.running_var": tensor([1]),
      num_batches_tracked: 0,
    };
    expect(refusal("BatchNorm1d(1)\n", { weights: old })).toBe("taken");
  });

  test("go into a module up to 100 KB, else beside it", () => {
    expect(emit("Linear(100, 200)\n").weights).toBeUndefined();
    expect(emit("Linear(200, 200)\n").weights).toBeInstanceOf(Uint8Array);
    expect(emit(linear, { external: true }).weights).toBeInstanceOf(Uint8Array);
  });
});
