/** The kernels of a model as a binary of WebAssembly, in the text of its module. */
import { maps, type MapName } from "../../ir/graph/primitives.ts";
import { helperTexts } from "../js/helpers.ts";
import { quoted } from "../js/print-kernel.ts";
import type { KernelModule } from "../wasm/wasm-module.ts";
import { base64Literal, base64Of, decoding, sextet } from "./base64.ts";
import { compressed, decompressed } from "./compress.ts";

/**
 * The texts of `compileKernels`, of `importsOf`, which gives what kernels over a memory import, and of what these need.
 * Where the text does not carry the binary, it is the variable `binary`.
 */
export function kernelDefinitions(
  { bytes, imports, messages, relaxed }: KernelModule,
  carried: boolean,
): string[] {
  const given = imports.map((name) => {
    const helper = helperOf(name);
    return helper === name ? name : `${name}: ${helper ?? `Math.${name}`}`;
  });
  const refusing = messages.length > 0 ? ["refuse: refuseIndex"] : [];
  return [
    ...helperTexts(imports.flatMap((name) => helperOf(name) ?? [])),
    ...(messages.length > 0 ? [refuseIndex(messages)] : []),
    ...(carried ? binaryTexts(bytes) : []),
    compileKernels(carried ? "binary()" : "binary", relaxed),
    `const importsOf = (memory) => ({ env: { ${["memory", ...given, ...refusing].join(", ")} } });`,
  ];
}

/** The helper that computes a map; the others are of `Math`. */
function helperOf(map: string): string | undefined {
  return maps[map as MapName].helper;
}

/**
 * The text of `compileKernels`. It compiles at once, which engines allow all threads for binaries of this size; older ones do
 * not allow it the main thread. A binary that is valid and does not compile is forbidden by a policy. The kernels of a memory are
 * made once.
 */
function compileKernels(binary: string, relaxed: boolean): string {
  const vectors = relaxed
    ? "the WebAssembly of this engine has no relaxed vectors (relaxed SIMD): leave --relaxed out"
    : "the WebAssembly of this engine has no vectors (SIMD)";
  return `let kernelModule;
const instances = new WeakMap();
function compileKernels() {
  try {
    kernelModule ??= new WebAssembly.Module(${binary});
  } catch (cause) {
    throw lacking(cause);
  }
}
function kernelsIn(memory) {
  let kernels = instances.get(memory);
  if (!kernels) instances.set(memory, kernels = new WebAssembly.Instance(kernelModule, importsOf(memory)).exports);
  return kernels;
}

function lacking(cause) {
  const lack = typeof WebAssembly === "undefined" ? "this engine has no WebAssembly" : cause instanceof RangeError ? "this thread compiles WebAssembly in await createAsync() only" : WebAssembly.validate?.(${binary}) ? "WebAssembly is forbidden here: script-src needs 'wasm-unsafe-eval'" : ${quoted(vectors)};
  return new Error(\`\${lack}; compiled with --target wasm,js the net runs in JavaScript, too (\${cause.message})\`, { cause });
}`;
}

/**
 * The text of `createAsync`, which compiles and instantiates without blocking the thread, and then makes a model as `create`
 * does, in JavaScript where there is that.
 */
export function createAsyncText(exporting: string, hasFallback: boolean): string {
  return `${exporting}async function createAsync(options) {
  try {
    kernelModule ??= await WebAssembly.compile(binary());
  } catch (cause) {
    ${hasFallback ? "// `create` takes JavaScript.\n    return create(options);" : "throw lacking(cause);"}
  }
  const heap = openHeap(options?.memory);
  const { memory } = heap;
  // Kernels take no memory without a page.
  reserve(heap, 1);
  if (!instances.has(memory)) instances.set(memory, (await WebAssembly.instantiate(kernelModule, importsOf(memory))).exports);
  return create(options);
}`;
}

/** The text of `isCompiled`, which tells whether kernels in WebAssembly can run here. */
export const isCompiled = `function isCompiled() {
  try {
    compileKernels();
  } catch {}
  return !!kernelModule;
}`;

/** The text of `binary`, which returns the binary: compressed, where that is shorter together with what it needs. */
function binaryTexts(bytes: Uint8Array): string[] {
  const plain = `function binary() {
  const text = ${base64Literal(base64Of(bytes))};
  ${decoding}
  return bytes;
}`;
  const call = `const binary = () => decompressed(${base64Literal(compressed(bytes))}, ${bytes.length});`;
  const short = [sextet, decompressed, call];
  return short.join("").length < plain.length ? short : [plain];
}

function refuseIndex(messages: readonly string[]): string {
  return `const messages = [${messages.map(quoted).join(", ")}];
function refuseIndex(message, index, below) {
  throw new RangeError(\`\${messages[message]}: index \${index} is not in 0..\${below - 1}\`);
}`;
}
