/** The kernels of a model as a binary of WebAssembly, in the text of its module. */
import { maps, type MapName } from "../../ir/graph/primitives.ts";
import { helperTexts } from "../js/helpers.ts";
import { quoted } from "../js/print-kernel.ts";
import { sha256 } from "../../ir/util/sha256.ts";
import { customSection } from "../wasm/custom-section.ts";
import type { KernelModule } from "../wasm/wasm-module.ts";
import { base64Literal, base64Of, decoding } from "./base64.ts";
import { teamText, type BinaryPlace } from "./team.ts";

/**
 * The texts of `compileKernels`, of `importsOf`, which gives what kernels over a memory import, and of what these need. With
 * `most`, which `TeamNeeds` has, threads may share the kernels.
 */
export function kernelDefinitions(kernels: KernelModule, place: BinaryPlace, most?: number): string[] {
  const { bytes, imports, messages } = kernels;
  const given = imports.map((name) => {
    const helper = helperOf(name);
    return helper === name ? name : `${name}: ${helper ?? `Math.${name}`}`;
  });
  const refusing = messages.length > 0 ? ["refuse: refuseIndex"] : [];
  const helpers = helperTexts(imports.flatMap((name) => helperOf(name) ?? []));
  const importsOf = `const importsOf = (memory) => ({ env: { ${["memory", ...given, ...refusing].join(", ")} } });`;
  // What is wrong the thread finds out that does the same rounds again.
  const failing = messages.length > 0 ? ["function refuseIndex() { throw 0; }"] : [];
  return [
    ...helpers,
    ...(messages.length > 0 ? [refuseIndex(messages)] : []),
    ...(place === "inside" ? [binaryText(bytes)] : []),
    ...(place === "outside" ? [kernelsOf(idOf(kernels))] : []),
    compileKernels(kernels, place),
    importsOf,
    ...(most === undefined
      ? []
      : [
          teamText({
            imports: [...helpers, ...failing, importsOf],
            place,
            limitsAt: kernels.limitsAt!,
            most,
          }),
        ]),
  ];
}

/** Identifies a binary: 16 hexadecimal digits of its SHA-256. */
function idOf({ bytes }: KernelModule): string {
  return sha256(base64Of(bytes)).slice(0, 16);
}

/** The content of a file for kernels outside a module. It ends with what identifies it. */
export function kernelFile(kernels: KernelModule): Uint8Array {
  return Uint8Array.from([...kernels.bytes, ...customSection(SECTION, idOf(kernels))]);
}

/** The custom section that identifies kernels outside a module. */
const SECTION = "nnc";

/** The text of `kernelsOf`, which takes the kernels that `create` is given, and refuses all others. */
function kernelsOf(id: string): string {
  return `function kernelsOf(wasm) {
  const id = kindOf(wasm) === "WebAssembly.Module" ? WebAssembly.Module.customSections(wasm, "${SECTION}")[0] : bytesOf(wasm)?.slice(-16);
  const isId = String.fromCharCode(...new Uint8Array(id ?? [])) === "${id}";
  // A binary that was cut at its start has another second byte.
  if (isId && bytesOf(wasm)?.[1] !== 0x73) return wasm;
  const wrong = wasm == null ? "is missing" : \`is not the \${wasmFile} that was compiled with this module\`;
  throw new TypeError(\`wasm \${wrong}: create({ weights, wasm }) takes the bytes of \${wasmFile}, or the WebAssembly.Module of them, and await load() reads it\`);
}
// Where there is no WebAssembly at all, it does not matter what was given.
const isWrong = (cause) => typeof WebAssembly !== "undefined" && /^wasm /.test(cause.message);`;
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
function compileKernels({ relaxed }: KernelModule, place: BinaryPlace): string {
  const vectors = relaxed
    ? "the WebAssembly of this engine has no relaxed vectors (relaxed SIMD): leave --relaxed out"
    : "the WebAssembly of this engine has no vectors (SIMD)";
  const isOutside = place === "outside";
  const binary = { inside: "binary()", variable: "binary", outside: "wasm" }[place];
  const compiling = isOutside
    ? `function compileKernels(given) {
  if (kernelModule) return;
  const wasm = kernelsOf(given);
  try {
    kernelModule = kindOf(wasm) === "WebAssembly.Module" ? wasm : new WebAssembly.Module(wasm);
  } catch (cause) {
    throw lacking(cause, wasm);
  }
}`
    : `function compileKernels() {
  try {
    kernelModule ??= new WebAssembly.Module(${binary});
  } catch (cause) {
    throw lacking(cause);
  }
}`;
  return `let kernelModule;
const instances = new WeakMap();
${compiling}
function kernelsIn(memory) {
  let kernels = instances.get(memory);
  if (!kernels) instances.set(memory, kernels = new WebAssembly.Instance(kernelModule, importsOf(memory)).exports);
  return kernels;
}

function lacking(cause${isOutside ? ", wasm" : ""}) {
  const lack = typeof WebAssembly === "undefined" ? "this engine has no WebAssembly" : cause instanceof RangeError ? "this thread compiles WebAssembly in await createAsync() only" : WebAssembly.validate?.(${binary}) ? "WebAssembly is forbidden here: script-src needs 'wasm-unsafe-eval'" : ${quoted(vectors)};
  return new Error(\`\${lack}; compiled with --target wasm,js the net runs in JavaScript, too (\${cause.message})\`, { cause });
}`;
}

/**
 * The text of `createAsync`, which compiles and instantiates without blocking the thread, and then makes a model as `create`
 * does, in JavaScript where there is that.
 */
export function createAsyncText(
  exporting: string,
  {
    hasFallback,
    isOutside,
    threads,
  }: { readonly [Fact in "hasFallback" | "isOutside" | "threads"]: boolean },
): string {
  const compiled = isOutside
    ? `const wasm = kernelsOf(options?.wasm);
      kernelModule = kindOf(wasm) === "WebAssembly.Module" ? wasm : await WebAssembly.compile(wasm);`
    : "kernelModule = await WebAssembly.compile(binary());";
  const refused = isOutside ? "    if (isWrong(cause)) throw cause;\n" : "";
  return `${exporting}async function createAsync(options) {
  try {
    if (!kernelModule) {
      ${compiled}
    }
  } catch (cause) {
${refused}    ${hasFallback ? "// JavaScript is what `create` takes.\n    return create(options);" : `throw lacking(cause${isOutside ? ", options?.wasm" : ""});`}
  }
${threads ? teamAsync(isOutside) : ""}  const { memory } = openHeap(options?.memory);
  if (!instances.has(memory)) instances.set(memory, (await WebAssembly.instantiate(kernelModule, importsOf(memory))).exports);
  return create(options);
}`;
}

/** With threads, they have started, where they can. Meanwhile they keep Node.js alive. */
function teamAsync(isOutside: boolean): string {
  return `  if (options?.threads > 1 || options?.threads === true) {
    ${isOutside ? 'if (kindOf(options.wasm) !== "WebAssembly.Module") ' : ""}sharedModule ??= await WebAssembly.compile(sharedBinary(${isOutside ? "options.wasm" : ""}));
    started = undefined;
    const model = create(options);
    if (!started) return model;
    const { crew, ready } = started;
    for (const { worker } of crew) worker.ref?.();
    await ready;
    for (const { worker } of crew) worker.unref?.();
    return model;
  }
`;
}

/** The text of `isCompiled`, which tells whether kernels in WebAssembly can run here. Throws where others were given. */
export function isCompiledText(isOutside: boolean): string {
  const refused = isOutside ? "\n    if (isWrong(cause)) throw cause;\n  " : "";
  return `function isCompiled(${isOutside ? "wasm" : ""}) {
  try {
    compileKernels(${isOutside ? "wasm" : ""});
  } catch${isOutside ? " (cause)" : ""} {${refused}}
  return !!kernelModule;
}`;
}

/** The text of `binary`, which returns the binary. It is not compressed: to undo that would take longer at start than to load it. */
function binaryText(bytes: Uint8Array): string {
  return `function binary() {
  const text = ${base64Literal(base64Of(bytes))};
  ${decoding}
  return bytes;
}`;
}

function refuseIndex(messages: readonly string[]): string {
  return `const messages = [${messages.map(quoted).join(", ")}];
function refuseIndex(message, index, below) {
  throw new RangeError(\`\${messages[message]}: index \${index} is not in 0..\${below - 1}\`);
}`;
}
