/** Sections of a binary of WebAssembly that engines pass over. */
import { unsigned } from "./leb128.ts";

/** A custom section of text. It may be behind the first eight bytes of a binary, or at its end. */
export function customSection(name: string, content: string): Uint8Array {
  const [label, text] = [name, content].map((part) => new TextEncoder().encode(part)) as [
    Uint8Array,
    Uint8Array,
  ];
  const length = unsigned(label.length);
  return Uint8Array.of(
    0,
    ...unsigned(length.length + label.length + text.length),
    ...length,
    ...label,
    ...text,
  );
}
