/**
 * Completion with Tab: names, arguments of the call around the cursor, parts of a value, commands and their
 * arguments.
 */
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import type { IToken } from "../../../grammar/toolkit.ts";
import { lex } from "../../../grammar/lexer.ts";
import { isName } from "../../../grammar/names.ts";
import { isUnterminated } from "../../../grammar/strings.ts";
import * as T from "../../../grammar/tokens.ts";
import { visible } from "../../../runtime/visible.ts";
import { combinators } from "../../layers/combinators.ts";
import { layerNames, records } from "../../layers/index.ts";
import {
  blockSignature,
  combinatorSignature,
  recordSignature,
  type Callable,
} from "../../resolve/bind-arguments.ts";
import { identityOf, tensorsOf } from "../../resolve/session.ts";
import { commands, otherCommands } from "./commands.ts";
import { SESSION, type Session } from "./live-session.ts";

/** The form that readline expects: texts that may replace the last part of the line, and that part. */
export type Completions = [matches: string[], part: string];

/** Completes a line; `before` are the earlier lines of an unfinished text. */
export function complete(session: Session, before: string, line: string): Completions {
  const [, name, space, argument = ""] = /^\s*\.([a-z]*)(?:(\s+)(\S.*)?)?$/s.exec(line) ?? [];
  if (before !== "" || name === undefined) return completeExpression(session, before + line);
  if (space === undefined) {
    const all = [...Object.keys(commands), ...otherCommands.keys()].map((one) => `.${one}`);
    return matching(all, `.${name}`);
  }
  const takes = commands[name]?.takes;
  if (takes === "weights" && !argument.includes(" ")) {
    const [names] = matching([...session.state.names.keys()], argument);
    if (names.length > 0) return [names, argument];
  }
  if (takes === "file" || takes === "weights")
    return completeFile(argument.slice(argument.lastIndexOf(" ") + 1));
  if (takes === "layer") return matching(allLayers(), argument);
  if (takes === "expression") return completeExpression(session, argument);
  return takes === undefined ? [[], argument] : matching(takes, argument);
}

const keywords = ["block", "model", "param", "buffer", "import", "true", "false", "none", "inf", "nan"];

function completeExpression(session: Session, text: string): Completions {
  const { tokens } = lex({ file: SESSION, text });
  const last = tokens.at(-1);
  if (last && isUnterminated(last)) {
    return tokens.at(-2)?.tokenType === T.From ? completeFile(last.image.slice(1)) : [[], ""];
  }
  const isWord = last !== undefined && T.is(last, T.Word) && T.endOf(last) === text.length;
  const word = isWord ? last.image : "";
  const left = isWord ? tokens.slice(0, -1) : tokens;
  if (left.at(-1)?.tokenType === T.Dot) return matching(partsOf(session, left.at(-2)), word);
  const own = argumentsOf(session, left);
  if (word === "" && own.length > 0) return matching(own, word);
  const known = [...session.state.names.keys(), ...allLayers(), ...(word === "" ? [] : keywords)];
  return matching([...own, ...known], word);
}

function allLayers(): string[] {
  return [...layerNames, ...combinators.keys()];
}

/** The candidates that begin with the part. A file name with invisible characters is not offered. */
function matching(candidates: readonly string[], part: string): Completions {
  const found = candidates.filter((one) => one.startsWith(part) && visible(one) === one);
  return [[...new Set(found)].sort(), part];
}

/** The names that may follow a dot: parameters of a bound layer, results of a value; after `nn.` the layers. */
function partsOf(session: Session, owner: IToken | undefined): string[] {
  const definition = session.state.names.get(owner?.image ?? "");
  if (!definition) return owner?.image === "nn" ? allLayers() : [];
  if (definition.kind === "known" && definition.known.meaning.kind !== "parameter")
    return tensorsOf(definition.known.meaning).map(({ name }) => name);
  return [...session.cellsOf(identityOf(definition)).keys()].filter((path) => path.split(".").every(isName));
}

/** The names of arguments that the innermost open call lacks, or the values that one of them may have. */
function argumentsOf(session: Session, tokens: readonly IToken[]): string[] {
  const open: number[] = [];
  for (const [index, { tokenType }] of tokens.entries()) {
    if ([T.OpenRound, T.OpenSquare, T.OpenCurly].includes(tokenType)) open.push(index);
    else if ([T.CloseRound, T.CloseSquare, T.CloseCurly].includes(tokenType)) open.pop();
  }
  const bracket = open.at(-1);
  if (bracket === undefined || tokens[bracket]!.tokenType !== T.OpenRound) return [];
  const callee = tokens[bracket - 1]?.image ?? "";
  if (tokens.at(-1)?.tokenType === T.Assign) return choicesOf(callee, tokens.at(-2)?.image ?? "");
  const inside = tokens.slice(bracket + 1);
  const given = inside.filter((_, i) => inside[i + 1]?.tokenType === T.Assign).map(({ image }) => image);
  const names = signatureOf(session, callee)?.names ?? [];
  return names.filter((name) => !given.includes(name)).map((name) => `${name}=`);
}

function signatureOf(session: Session, name: string): Callable | undefined {
  const definition = session.state.names.get(name);
  if (definition) return definition.kind === "block" ? blockSignature(definition.block.block) : undefined;
  const record = records.get(name);
  const combinator = combinators.get(name);
  return record ? recordSignature(record) : combinator && combinatorSignature(combinator);
}

function choicesOf(callee: string, argument: string): string[] {
  const spec = records.get(callee)?.args[argument];
  if (spec?.kind === "bool") return ["true", "false"];
  return (spec?.choices ?? []).map((choice) => JSON.stringify(choice));
}

/**
 * The files and folders that begin with the path. A folder ends with a slash, so that the next Tab completes
 * within it.
 */
function completeFile(path: string): Completions {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const folder = path.slice(0, path.length - name.length);
  try {
    const entries = readdirSync(folder === "" ? "." : dirname(`${folder}.`), { withFileTypes: true });
    return matching(
      entries
        .filter((entry) => !entry.name.startsWith(".") || name.startsWith("."))
        .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)),
      name,
    );
  } catch {
    return [[], name];
  }
}
