/** Initial values of `param` and `buffer`. */
import type { Chain } from "../../grammar/ast.ts";
import { isHeld, languageDtype, type LanguageDtype } from "../ir/dtype.ts";
import type { Init } from "../ir/graph/graph.ts";
import { typeText } from "../ir/types.ts";
import { constant, type InitialType } from "../layers/record.ts";
import { recordArguments } from "./arguments.ts";
import { recordSignature } from "./bind-arguments.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import type { Env } from "./meanings.ts";
import type { At } from "./paths.ts";
import { spanText } from "./syntax.ts";

/**
 * The initial value that a chain gives: a number, or an entry of the library that can fill a tensor of this type.
 */
export function initialOf(
  context: Context,
  chain: Chain,
  type: InitialType,
  env: Env,
  at: At,
): Init | undefined {
  const init = evaluated(context, chain, type, env, at);
  if (typeof init !== "string") return init;
  context.report(errors.cannotFill(chain.span, spanText(chain.span), typeText(type), init));
  return undefined;
}

/** The initial value; or a text that says why there is none; or undefined if that has been reported. */
function evaluated(
  context: Context,
  chain: Chain,
  type: InitialType,
  env: Env,
  at: At,
): Init | string | undefined {
  const [step] = chain.steps;
  const expression = chain.steps.length === 1 && !step!.label ? step!.value : chain;
  if (expression.kind === "call" && !env.lookup(expression.name)) {
    const record = context.table.records.get(expression.name);
    if (record?.init) {
      const layer = recordArguments(context, record, expression, recordSignature(record), env, at);
      const init = layer && record.init(layer.args, type);
      return typeof init === "object" ? held(init, type) : init;
    }
    if (!record) return undefined; // reported by the pass over names
  }
  const value = context.evaluate(expression, env, at);
  if (value.kind === "number") return held(constant(value.value), type);
  if (value.kind === "bool" && type.dtype === "bool") return constant(Number(value.value));
  if (value.kind === "poison") return undefined;
  const initials = [...context.table.records.values()].filter((record) => record.init);
  const names = initials.map((record) => record.name).sort();
  context.report(errors.notAnInitial(chain.span, spanText(chain.span), names));
  return undefined;
}

/** The initial value, or the reason why a tensor of the dtype cannot hold it. */
function held(init: Init, { dtype }: InitialType): Init | string {
  if (init.kind !== "constant") return init;
  return notHeld[languageDtype({ dtype })](init.value) ?? init;
}

const notHeld: { readonly [D in LanguageDtype]: (value: number) => string | undefined } = {
  f32: () => undefined,
  i32: (value) => (isHeld("i32", value) ? undefined : "an i32 is a whole number from -2^31 to 2^31 - 1"),
  bool: (value) => (isHeld("bool", value) ? undefined : "a bool is true or false, 1 or 0"),
};
