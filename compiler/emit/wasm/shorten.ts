/**
 * Makes the body of a function shorter, where engines compile it to the same machine code: to an engine a local is a name for a
 * value, and one that is never set is 0.
 */
import type { WasmFunction } from "./encode.ts";
import { instructionRow, type Instruction, type ValueType } from "./instructions.ts";

type Body = Pick<WasmFunction, "parameters" | "locals" | "names" | "body">;

export function withShortBody<F extends Body>(given: F): F {
  return withUsedLocals(joined(withNamedConstants(given)));
}

/** The types of constants, and the bytes that each takes. */
const constants = {
  "f32.const": { type: "f32", bytes: 5 },
  "f64.const": { type: "f64", bytes: 9 },
  "v128.const": { type: "v128", bytes: 18 },
} as const;

/** What it takes to get a local or to set it, or to declare one. */
const LOCAL_BYTES = 2;

/** Puts constants into locals where that is shorter. */
function withNamedConstants<F extends Body>(given: F): F {
  const uses = new Map<string, Instruction[]>();
  for (const instruction of given.body) {
    if (!isConstant(instruction)) continue;
    const key = keyOf(instruction);
    const known = uses.get(key);
    if (known) known.push(instruction);
    else uses.set(key, [instruction]);
  }
  const locals = [...given.locals];
  const names = new Map(given.names);
  const sets: Instruction[] = [];
  const gets = new Map<string, Instruction>();
  for (const [key, [first, ...others]] of uses) {
    const { type, bytes } = constants[first!.name as keyof typeof constants];
    const isZero = first!.bytes ? first!.bytes.every((byte) => byte === 0) : Object.is(first!.operand, 0);
    const count = others.length + 1;
    const named = LOCAL_BYTES * (count + 1) + (isZero ? 0 : bytes + LOCAL_BYTES);
    if (named >= bytes * count) continue;
    const local = given.parameters.length + locals.length;
    locals.push(type);
    names.set(local, isZero ? `zero.${type}` : `constant${gets.size}`);
    if (!isZero) sets.push(first!, { name: "local.set", operand: local });
    gets.set(key, { name: "local.get", operand: local });
  }
  const body = given.body.map((one) => (isConstant(one) ? (gets.get(keyOf(one)) ?? one) : one));
  return { ...given, locals, names, body: [...sets, ...body] };
}

function isConstant({ name }: Instruction): boolean {
  return name in constants;
}

/** Equal for constants of the same bits. */
function keyOf({ name, operand, bytes }: Instruction): string {
  return `${name} ${bytes ? bytes.join() : Object.is(operand, -0) ? "-0" : operand}`;
}

/** Sets and gets a local in one, and does not set one that nothing gets. */
function joined<F extends Body>(given: F): F {
  const read = new Set(given.body.flatMap(({ name, operand }) => (name === "local.get" ? operand! : [])));
  const body: Instruction[] = [];
  for (const instruction of given.body) {
    const { name, operand } = instruction;
    const last = body.at(-1);
    if (name === "local.tee" && !read.has(operand!)) continue;
    if (name === "local.get" && last?.name === "local.set" && last.operand === operand)
      body.splice(-1, 1, { name: "local.tee", operand: operand! });
    else body.push(instruction);
  }
  return body.length < given.body.length ? joined({ ...given, body }) : given;
}

/** Leaves out locals that nothing uses, and declares those of a type together. */
function withUsedLocals<F extends Body>(given: F): F {
  const { parameters } = given;
  const used = new Set(
    given.body.flatMap(({ name, operand }) => (name.startsWith("local.") ? operand! : [])),
  );
  const order = given.locals
    .map((type, i) => ({ type, local: parameters.length + i }))
    .filter(({ local }) => used.has(local))
    .sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : a.local - b.local));
  const numbers = new Map<number, number>(parameters.map((_, i) => [i, i]));
  for (const [i, { local }] of order.entries()) numbers.set(local, parameters.length + i);
  const names = [...given.names].flatMap(([local, name]) => {
    const number = numbers.get(local);
    return number === undefined ? [] : ([[number, name]] as const);
  });
  return {
    ...given,
    locals: order.map(({ type }): ValueType => type),
    names: new Map(names),
    body: given.body.map((one) =>
      instructionRow(one.name).immediate === "local" ? { ...one, operand: numbers.get(one.operand!)! } : one,
    ),
  };
}
