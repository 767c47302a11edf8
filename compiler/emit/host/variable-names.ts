/** Names the variables of `create`. A port keeps its name unless something else has that name. */
import { dtypeRows, type Dtype } from "../../ir/dtype.ts";
import type { Buffer, Plan } from "../../ir/plan/plan.ts";
import { arrayType } from "./bind-sizes.ts";
import { sizeJs } from "../js/print-kernel.ts";
import { identifier } from "../../ir/text/identifiers.ts";

/**
 * The least number of variables of one kind that are elements of an array instead. Declaring each would make `create`
 * too large for V8 to optimize.
 */
const MIN_LISTED_VARIABLES = 100;

/** The names that `create` itself uses, and the globals that emitted text uses. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "state run random seed drawer memory sizes written owned model compute dispose idle ins outs lead inputs outputs parameters create s i n " +
    `${Object.values(dtypeRows)
      .map(({ array }) => array.name)
      .join(" ")} exports globalThis Array ArrayBuffer BigInt64Array Error JSON Math Number Object ` +
    "RangeError Set String Symbol TypeError URL Uint8Array Uint16Array Uint32Array WeakMap WeakRef Int8Array decodeURIComponent escape fetch isFinite isNaN"
  ).split(" "),
);
const LISTS = Object.keys(dtypeRows)
  .map((dtype) => `${dtype}s`)
  .join("|");
const PATTERNS = new RegExp(
  `^((p|slot|spare|prepared|${LISTS})\\d*|(size|unbatched|bind|in|out)_.*|(step|fit|prepare)\\d*)$`,
);

/** Whether a name means something in `create`, so that neither a port nor a kernel can have it. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name) || PATTERNS.test(name);
}

export class VariableNames {
  readonly #plan: Plan;
  readonly #ports = new Map<string, string>();
  readonly #parameters = new Map<string, string>();
  readonly #prepared = new Map<Buffer, string>();

  /** `taken` are the names of the module around `create`. */
  constructor(plan: Plan, taken: ReadonlySet<string>) {
    this.#plan = plan;
    const { inputs, outputs, parameters } = plan;
    const seen = new Set<string>();
    const twice = new Set<string>();
    for (const { name } of [...inputs, ...outputs]) {
      const plain = identifier(name);
      (seen.has(plain) ? twice : seen).add(plain);
    }
    const isFree = (name: string): boolean => !taken.has(name) && !isReserved(name) && !twice.has(name);
    for (const [side, ports] of [
      ["in", inputs],
      ["out", outputs],
    ] as const) {
      for (const { name } of ports) {
        const plain = identifier(name);
        this.#ports.set(`${side} ${name}`, isFree(plain) ? plain : `${side}_${plain}`);
      }
    }
    const many = parameters.length >= MIN_LISTED_VARIABLES;
    parameters.forEach(({ path }, i) => this.#parameters.set(path, many ? `p[${i}]` : `p${i}`));
    this.#namePrepared();
  }

  port(side: "in" | "out", { name }: { readonly name: string }): string {
    return this.#ports.get(`${side} ${name}`)!;
  }

  /** The names of all ports, inputs first. */
  ports(): string[] {
    return [
      ...this.#plan.inputs.map((port) => this.port("in", port)),
      ...this.#plan.outputs.map((port) => this.port("out", port)),
    ];
  }

  parameter(path: string): string {
    return this.#parameters.get(path)!;
  }

  prepared(buffer: Buffer): string {
    return this.#prepared.get(buffer)!;
  }

  /** The lines that declare the data of all parameters, which `state` has. */
  parameterLines(): string[] {
    const names = [...this.#parameters.values()];
    if (names.length === 0) return [];
    const target = names.length >= MIN_LISTED_VARIABLES ? "p" : `[${names.join(", ")}]`;
    return [`const ${target} = parameters.map(({ name }) => state[name].data);`];
  }

  preparedLines(): string[] {
    if (this.#prepared.size < MIN_LISTED_VARIABLES) {
      return [...this.#prepared].map(
        ([buffer, name]) => `const ${name} = new ${arrayType(buffer.dtype)}(${sizeJs(buffer.size).text});`,
      );
    }
    return [...this.#byDtype()].map(([dtype, buffers]) => {
      const sizes = buffers.map((buffer) => sizeJs(buffer.size).text).join(", ");
      return `const ${dtype}s = [${sizes}].map((n) => new ${arrayType(dtype)}(n));`;
    });
  }

  #namePrepared(): void {
    const buffers = this.#plan.prepare.flatMap((call) => call.buffers);
    for (const buffer of buffers) if (buffer.storage === "prepared") this.#prepared.set(buffer, buffer.name);
    if (this.#prepared.size < MIN_LISTED_VARIABLES) return;
    for (const [dtype, group] of this.#byDtype()) {
      group.forEach((buffer, i) => this.#prepared.set(buffer, `${dtype}s[${i}]`));
    }
  }

  #byDtype(): Map<Dtype, Buffer[]> {
    const groups = new Map<Dtype, Buffer[]>();
    for (const buffer of this.#prepared.keys()) {
      const group = groups.get(buffer.dtype);
      if (group) group.push(buffer);
      else groups.set(buffer.dtype, [buffer]);
    }
    return groups;
  }
}
