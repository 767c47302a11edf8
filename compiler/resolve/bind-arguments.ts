/**
 * Matches the arguments of a call to the names in its signature. No values are needed for this, so it is done
 * once for each call, and errors are found even in blocks that nothing calls.
 */
import type { Argument, Block, Call } from "../../grammar/ast.ts";
import { didYouMean } from "../../grammar/diagnostics.ts";
import type { Combinator } from "../layers/combinators.ts";
import type { LayerRecord } from "../layers/record.ts";
import * as errors from "./errors.ts";
import type { Reports } from "./reports.ts";

export interface Callable {
  readonly name: string;
  /** The names of the arguments, in positional order. */
  readonly names: readonly string[];
  readonly required: ReadonlySet<string>;
  /** The name of the argument that takes all positional arguments from its own position on. */
  readonly rest: string | undefined;
  /** The call may give other names too: those of the layer's parameters, which depend on its arguments. */
  readonly open: boolean;
  /** The values of positional arguments decide which names they get, as for `PReLU`. */
  readonly loose: boolean;
}

export interface BoundCall {
  readonly named: ReadonlyMap<string, Argument>;
  readonly rest: readonly Argument[];
  /** The positional arguments of a call whose signature is `loose`: they get their names later. */
  readonly loose: readonly Argument[];
  /** The arguments whose names are not in the signature. */
  readonly extra: ReadonlyMap<string, Argument>;
  readonly valid: boolean;
}

const signatures = new WeakMap<LayerRecord | Combinator | Block, Callable>();

function cached<K extends LayerRecord | Combinator | Block>(key: K, make: (key: K) => Callable): Callable {
  let signature = signatures.get(key);
  if (!signature) signatures.set(key, (signature = make(key)));
  return signature;
}

export function recordSignature(record: LayerRecord): Callable {
  return cached(record, ({ name, args, parameters, arrange }) => {
    const entries = Object.entries(args);
    return {
      name,
      names: entries.map(([key]) => key),
      required: new Set(
        entries.filter(([, spec]) => spec.default === undefined && !spec.rest).map(([key]) => key),
      ),
      rest: entries.find(([, spec]) => spec.rest)?.[0],
      open: parameters !== undefined,
      loose: arrange !== undefined,
    };
  });
}

export function combinatorSignature(combinator: Combinator): Callable {
  return cached(combinator, ({ name, args, layers }) => {
    const entries = Object.entries(args);
    const required = entries.filter(([, spec]) => spec.default === undefined).map(([key]) => key);
    const loose = layers === "arguments";
    return {
      name,
      names: entries.map(([key]) => key),
      required: new Set(required),
      rest: undefined,
      open: false,
      loose,
    };
  });
}

export function blockSignature(block: Block): Callable {
  return cached(block, ({ name, parameters }) => ({
    name: name.text,
    names: parameters.map((parameter) => parameter.name.text),
    required: new Set(parameters.filter((parameter) => !parameter.default).map((one) => one.name.text)),
    rest: undefined,
    open: false,
    loose: false,
  }));
}

export function bindCall(call: Call, signature: Callable, report: Reports["add"]): BoundCall {
  const named = new Map<string, Argument>();
  const extra = new Map<string, Argument>();
  const rest: Argument[] = [];
  const loose: Argument[] = [];
  let valid = true;
  let position = 0;
  let firstNamed: Argument | undefined;
  const known = new Set(signature.names);
  const complain = (diagnostic: Parameters<Reports["add"]>[0]): void => {
    report(diagnostic);
    valid = false;
  };
  for (const argument of call.arguments) {
    const { name } = argument;
    if (!name) {
      if (firstNamed) complain(errors.positionalAfterNamed(argument.span, firstNamed.span));
      else if (signature.loose) loose.push(argument);
      else if (signature.names[position] === undefined) {
        complain(errors.tooManyArguments(argument.span, signature.name, signature.names));
        break;
      } else if (signature.names[position] === signature.rest) rest.push(argument);
      else named.set(signature.names[position++]!, argument);
      continue;
    }
    firstNamed ??= argument;
    const first = named.get(name.text) ?? extra.get(name.text);
    if (first) complain(errors.duplicateArgument(name.span, name.text, first.span));
    else if (known.has(name.text)) named.set(name.text, argument);
    else if (signature.open) extra.set(name.text, argument);
    else complain(() => errors.unknownArgument(name.span, signature.name, name.text, signature.names));
  }
  if (valid && loose.length === 0) {
    const missing = [...signature.required].filter((name) => !named.has(name));
    // A misspelt name is reported instead of the argument that is missing because of it.
    const slips = [...extra.values()].filter(({ name }) => didYouMean(name!.text, missing) !== undefined);
    for (const { name } of slips)
      complain(errors.unknownArgument(name!.span, signature.name, name!.text, signature.names));
    if (missing.length > slips.length)
      complain(errors.missingArguments(call.span, signature.name, missing, signature.names));
  }
  return { named, rest, loose, extra, valid };
}
