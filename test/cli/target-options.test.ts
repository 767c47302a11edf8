/** `--exact` and `--relaxed`, for the commands that show nets and for those that run them. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { engine } from "../wasm-engine.ts";
import { folder, nnc } from "./support.ts";

afterEach(() => void vi.unstubAllGlobals());

const tiles = "model Tiles { input x: f32[1, 16, 9, 9]; output y = x -> Conv2d(16, 16, 3, padding=1) }\n";
const product = "model Product { input x: f32[4, 32]; output y = x -> Linear(32, 16, bias=False) }\n";
const nets = { "tiles.nn": tiles, "product.nn": product };

async function shown(...argv: readonly string[]): Promise<string> {
  const { code, out, err } = await nnc(argv);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

describe("--exact", () => {
  const wasm = ["tiles.nn", "--target", "wasm"];

  test("print shows the convolution without its tiles", async () => {
    folder(nets);
    const passes = async (...more: string[]): Promise<string> => shown("print", ...wasm, "--each", ...more);
    expect(await passes()).toMatch(/^### winograd/m);
    expect(await passes("--exact")).not.toMatch(/^### winograd/m);
  });

  test("explain does not tell of them", async () => {
    folder(nets);
    expect(await shown("explain", ...wasm)).toMatch(/^winograd$/m);
    expect(await shown("explain", ...wasm, "--exact")).not.toMatch(/winograd/i);
  });

  test("info counts other kernels", async () => {
    folder(nets);
    const kernels = async (...more: string[]): Promise<string | undefined> =>
      /^kernels .*$/m.exec(await shown("info", ...wasm, ...more))?.[0];
    expect(await kernels()).toBe("kernels     6 a run, 2 to prepare");
    expect(await kernels("--exact")).toBe("kernels     2 a run, 0 to prepare");
  });
});

describe("--relaxed", () => {
  const wasm = ["product.nn", "--target", "wasm"];

  test("print shows a plan and kernels that are relaxed", async () => {
    folder(nets);
    const stage = async (name: string, ...more: string[]): Promise<string> =>
      shown("print", ...wasm, "--after", name, ...more);
    expect(await stage("memory", "--relaxed")).toContain("\ntarget wasm, relaxed\n");
    expect(await stage("wasm", "--relaxed")).toContain("f32x4.relaxed_madd");
    expect(await stage("memory")).toContain("\ntarget wasm\n");
    expect(await stage("wasm")).not.toContain("relaxed");
  });

  test("explain names what the target is", async () => {
    folder(nets);
    expect(await shown("explain", ...wasm, "--relaxed")).toContain(
      "  The target is wasm: WebAssembly with relaxed vectors of four float32,",
    );
    expect(await shown("explain", ...wasm)).not.toContain("relaxed");
  });

  test("explain says where auto makes nothing of it", async () => {
    folder(nets);
    const nothing = "  --relaxed changes nothing here: it is for WebAssembly, which --target wasm chooses.\n";
    const small = await shown("explain", "product.nn", "--relaxed");
    expect(small).toContain("  The target is js, which auto stands for: ");
    expect(small).toContain(nothing);
    expect(await shown("explain", "product.nn")).not.toContain("--relaxed");
    const large = await shown("explain", "tiles.nn", "--relaxed");
    expect(large).toContain("  The target is wasm, which auto stands for: WebAssembly with relaxed vectors");
    expect(large).not.toContain(nothing);
  });

  test("info counts the kernels that there are without it", async () => {
    folder(nets);
    expect(await shown("info", ...wasm, "--relaxed")).toBe(await shown("info", ...wasm));
  });

  test.each([["print", "--after", "fuse"], ["print", "--after", "wasm"], ["explain"], ["info"]])(
    "is refused for JavaScript by %s",
    async (command, ...more) => {
      folder(nets);
      expect(await nnc([command, "product.nn", ...more, "--relaxed", "--target", "js"])).toEqual({
        code: 2,
        out: "",
        err: "nnc: --relaxed is for WebAssembly: leave it out, or choose --target wasm\n",
      });
    },
  );

  test.each([["run", "--input", "-"], ["bench"], ["compile", "-o", "-"]])(
    "is refused for JavaScript by %s",
    async (command, ...more) => {
      folder(nets);
      const { code, out, err } = await nnc([command, "product.nn", ...more, "--relaxed", "--target", "js"]);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain('relaxed is for WebAssembly: leave it out, or choose target "wasm" or "wasm,js"');
    },
  );
});

describe("on an engine that cannot compile the kernels", () => {
  const input = JSON.stringify(Array.from({ length: 4 }, () => new Array(32).fill(1)));
  const lacking = (): void =>
    void vi.stubGlobal("WebAssembly", {
      Module: class {
        constructor() {
          throw new engine.CompileError("no such opcode");
        }
      },
      validate: () => false,
    });

  test.each([
    ["run", ["--relaxed"], "relaxed vectors (relaxed SIMD): leave --relaxed out"],
    ["bench", ["--relaxed"], "relaxed vectors (relaxed SIMD): leave --relaxed out"],
    ["run", [], "vectors (SIMD)"],
    ["bench", [], "vectors (SIMD)"],
  ] as const)("%s %j says what it lacks", async (command, options, lack) => {
    folder(nets);
    lacking();
    const given = command === "run" ? ["--input", "-"] : ["--seconds", "0.01"];
    const { code, out, err } = await nnc(
      [command, "product.nn", ...given, "--target", "wasm", ...options],
      input,
    );
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^note: no weights given, 1 parameter initialised\nnnc: [^\n]*\n$|^nnc: [^\n]*\n$/);
    expect(err).toContain(
      `nnc: the WebAssembly of this engine has no ${lack}; compiled with --target wasm,js the net runs in JavaScript, too (no such opcode)\n`,
    );
  });

  test("run computes in JavaScript where the target has that", async () => {
    folder(nets);
    const run = ["run", "product.nn", "--input", "-", "--json"];
    const want = await nnc([...run, "--target", "js"], input);
    lacking();
    expect(await nnc([...run, "--target", "wasm,js", "--relaxed"], input)).toEqual(want);
  });
});
