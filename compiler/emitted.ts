/** What `emit` makes of a plan with its weights. */
import { saveSafetensors } from "../runtime/safetensors.ts";
import type { Driven } from "./driver.ts";
import { declarationText } from "./emit/declaration.ts";
import { moduleHeader } from "./emit/header.ts";
import { moduleText } from "./emit/module.ts";
import type { Plan } from "./ir/plan.ts";
import type { EmitOptions } from "./options.ts";
import { makeSelfTest } from "./self-test.ts";
import type { State } from "./weights.ts";

/** What `emit` makes. */
export interface Emitted {
  /** The text of an ES module without imports. */
  readonly code: string;
  /** Its declarations. */
  readonly types: string;
  /** A safetensors file that the module's `create` wants; absent where the weights are inside. */
  readonly weights?: Uint8Array;
}

/** Weights of up to this many bytes go inside a module, as base64. */
export const INSIDE_LIMIT: number = 100 * 1024;

export function emitDriven(driven: Driven, source: string, options: EmitOptions): Emitted {
  const { plan, state } = driven;
  const bytes = saveSafetensors(state);
  const inside = !options.external && bytes.length <= INSIDE_LIMIT && plan.parameters.length > 0;
  const selfTest = makeSelfTest(driven);
  const header = moduleHeader(source, options.filename ?? "model.nn");
  const code = moduleText(plan, {
    header,
    ...(inside && { weights: base64(plan, state) }),
    ...(selfTest && { selfTest }),
  });
  const external = plan.parameters.length > 0 && !inside;
  const types = declarationText(plan, { header, external, selfTest: selfTest !== undefined });
  return { code, types, ...(external && { weights: bytes }) };
}

/** The values of all parameters in order, each of four bytes. */
function base64(plan: Plan, state: State): string {
  let binary = "";
  for (const { path } of plan.parameters) {
    const { data } = state[path]!;
    const { buffer, byteOffset, byteLength } = data instanceof Uint8Array ? Int32Array.from(data) : data;
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}
