/** Prints a module of WebAssembly in the text format: https://webassembly.github.io/spec/core/text/index.html. */
import type { WasmFunction, WasmModule } from "./encode.ts";
import { instructionRow, type Instruction, type ValueType } from "./instructions.ts";

export function watText({ imports, functions }: WasmModule): string {
  const imported = imports.map(
    ({ name, type }) => `  (import "env" "${name}" (func ${typesText("param", type.parameters)}${typesText("result", type.results)}))`, // prettier-ignore
  );
  return [`(module`, `  (import "env" "memory" (memory 1))`, ...imported, ...functions.flatMap(functionLines), ")\n"].join("\n"); // prettier-ignore
}

function typesText(word: string, types: readonly ValueType[]): string {
  return types.length === 0 ? "" : `(${word} ${types.join(" ")})`;
}

function functionLines({ name, comment, names, parameters, locals, body }: WasmFunction): string[] {
  const called = uniqueNames(names, parameters.length + locals.length);
  const declared = [...parameters, ...locals].map((type, i) => {
    return `(${i < parameters.length ? "param" : "local"} $${called[i]} ${type})`;
  });
  const lines: string[] = [];
  let depth = 0;
  for (const instruction of body) {
    if (instruction.name === "end" || instruction.name === "else") depth--;
    lines.push(`    ${"  ".repeat(depth)}${instructionText(instruction, called)}`);
    if (instructionRow(instruction.name).immediate === "block" || instruction.name === "else") depth++;
  }
  const head = [`  ;; ${comment}`, `  (func (export "${name}")`];
  return [...head, ...declared.map((text) => `    ${text}`), ...lines, "  )"];
}

/** A name for each local: its own, with its number where another has the same. */
function uniqueNames(names: ReadonlyMap<number, string>, count: number): string[] {
  const seen = new Set<string>();
  return Array.from({ length: count }, (_, i) => {
    const own = names.get(i) ?? "t";
    const name = seen.has(own) || own === "t" ? `${own}.${i}` : own;
    seen.add(name);
    return name;
  });
}

function instructionText(
  { name, operand, bytes, result, offset }: Instruction,
  locals: readonly string[],
): string {
  const { immediate } = instructionRow(name);
  if (immediate === undefined) return name;
  switch (immediate) {
    case "local":
      return `${name} $${locals[operand!]}`;
    case "block":
      return result ? `${name} (result ${result})` : name;
    case "memory":
      return offset ? `${name} offset=${offset}` : name;
    case "memory-lane":
      return `${name}${offset ? ` offset=${offset}` : ""} ${operand}`;
    case "v128":
      return `${name} i32x4 ${[...wordsOf(bytes!)].map((word) => hexadecimal(word)).join(" ")}`;
    case "shuffle":
      return `${name} ${bytes!.join(" ")}`;
    case "f32":
    case "f64":
      return `${name} ${floatText(operand!)}`;
    case "function":
    case "label":
    case "lane":
    case "i32":
      return `${name} ${operand}`;
  }
}

function wordsOf(bytes: readonly number[]): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}

function hexadecimal(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}
