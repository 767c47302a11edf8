/** Lists the parameters of a session's names, and reads them from safetensors files. */
import type { Source } from "../../../grammar/source.ts";
import type { Parameter } from "../../ir/graph/graph.ts";
import { typeText, type TensorType } from "../../ir/types.ts";
import { constant } from "../../layers/record.ts";
import { identityOf } from "../../resolve/session.ts";
import { misfits } from "../../weights/messages.ts";
import { fit } from "../../weights/fit.ts";
import { wholeOf } from "../../weights/parts.ts";
import { fill } from "../../weights/state.ts";
import { formatTensor } from "../../../runtime/format-tensor.ts";
import { visible } from "../../../runtime/visible.ts";
import { weightsFrom } from "../common-options.ts";
import { Failure } from "../io.ts";
import type { Session } from "./live-session.ts";
import type { Cell } from "./session-state.ts";

interface Weight extends Cell {
  readonly path: string;
  readonly name: string;
  readonly owner: object;
  readonly key: string;
}

/** Lists all parameters of the session, or those of one name; for a single parameter, its values. */
export function listWeights(session: Session, wanted: string): string | undefined {
  const all = weightsOf(session);
  const one = all.find(({ path }) => path === wanted);
  if (one) return formatTensor(one.tensor);
  const some = wanted === "" ? all.filter(isFirst) : all.filter(({ name }) => name === wanted);
  if (some.length === 0 && wanted !== "") return undefined;
  return some
    .map(
      ({ path, role, tensor }) =>
        `${visible(path)}: ${typeText(tensor as TensorType)}${role === "buffer" ? ", a buffer" : ""}`,
    )
    .join("\n");
}

/** Whether this is the first name under which a parameter occurs; a layer may have several names. */
function isFirst({ owner, key }: Weight, index: number, all: readonly Weight[]): boolean {
  return all.findIndex((other) => other.owner === owner && other.key === key) === index;
}

/** The parameters under the names that they are bound to, in the order of binding. */
function weightsOf(session: Session): Weight[] {
  return [...session.state.names].flatMap(([name, definition]) => {
    const owner = identityOf(definition);
    return [...session.cellsOf(owner)].map(([key, cell]) => {
      const path = key === "" ? name : `${name}.${key}`;
      return { ...cell, path, name, owner, key };
    });
  });
}

/**
 * Loads `FILE`, whose weights begin with names of the session, or `NAME FILE`, whose weights belong to one layer.
 */
export function loadWeights(session: Session, argument: string, source: Source): string {
  const [, first = "", rest = ""] = /^(\S+)(?:\s+(\S.*)?)?$/.exec(argument) ?? [];
  const isNamed = session.state.names.has(first);
  const path = isNamed ? rest : argument;
  const all = weightsOf(session);
  if (isNamed && !all.some(({ name }) => name === first))
    throw new Failure(`${first} has no parameters, or none before a tensor flows into it`);
  const given = weightsFrom([path], session.reader);
  const names = new Set(Object.keys(given).flatMap((name) => [name, wholeOf(name) ?? name]));
  const meant = isNamed ? [first] : all.filter((weight) => names.has(weight.path)).map(({ name }) => name);
  const weights = all.filter(({ name }) => meant.includes(name));
  const parameters = weights.map(({ path: full, key, role, tensor: { dtype, shape } }): Parameter => {
    const name = isNamed && key !== "" ? key : full;
    return { path: name, aliases: [], role, type: { dtype, shape } as TensorType, init: constant(0) };
  });
  const matched = fit(parameters, given);
  const span = { source, start: source.text.length - path.length, end: source.text.length };
  const wrong = misfits(span, matched);
  if (wrong.length > 0) throw session.wrong(wrong);
  const values = fill(parameters, matched.found, 0);
  session.attempt((trial) => {
    for (const [i, { owner, key, role }] of weights.entries())
      trial.setCell(owner, key, { tensor: values[parameters[i]!.path]!, role });
  });
  return matched.notes.map((note) => `note: ${note}`).join("\n");
}
