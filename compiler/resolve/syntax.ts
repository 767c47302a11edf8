/** Questions about the syntax tree that can be answered before names are resolved. */
import type {
  Body,
  Call,
  Chain,
  Expression,
  Label,
  Statement,
  TypeExpression,
  Word,
} from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { CallSite } from "../ir/graph/origin.ts";

const MAX_SHOWN_LENGTH = 60;

/** The text of a span on one line, cut short if it is long. */
export function spanText(span: Span): string {
  const text = span.source.text.slice(span.start, Math.min(span.end, span.start + 400));
  const line = text
    .replaceAll(/#[^\n\r]*/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length > MAX_SHOWN_LENGTH ? `${line.slice(0, MAX_SHOWN_LENGTH - 1)}…` : line;
}

const sites = new WeakMap<Call, CallSite>();

/** A call as the user wrote it, without its body: `Repeat(12)`. */
export function callSite(call: Call): CallSite {
  let site = sites.get(call);
  if (!site) {
    const { name, span } = call;
    const end = call.body ? call.body.span.start : span.end;
    const written = spanText({ source: span.source, start: call.nameSpan.start, end }).trimEnd();
    site = { name, text: written.endsWith("{") ? written.slice(0, -1).trimEnd() : written, span };
    sites.set(call, site);
  }
  return site;
}

/** A call site for a node that is written without a call. */
export function siteNamed(name: string, span: Span): CallSite {
  return { name, text: name, span };
}

/** The expression as a call if it is a name and nothing else: `x`. */
export function plainName(value: Expression): Call | undefined {
  const inner =
    value.kind === "chain" && value.steps.length === 1 && !value.steps[0]!.label
      ? value.steps[0]!.value
      : value;
  return inner.kind === "call" && inner.arguments.length === 0 && !inner.body && !inner.index
    ? inner
    : undefined;
}

/** The words that a statement binds in its body. */
export function wordsBoundBy(statement: Statement): readonly Word[] {
  switch (statement.kind) {
    case "input":
      return statement.names;
    case "parameter":
      return [statement.name];
    case "binding":
      return statement.targets.filter((word) => word.text !== "_");
    default:
      return [];
  }
}

const boundNames = new WeakMap<Body, ReadonlyMap<string, Span>>();

/** The names that a body's statements bind, with their places. Sizes that types introduce are not among them. */
export function namesBoundIn(body: Body): ReadonlyMap<string, Span> {
  let names = boundNames.get(body) as Map<string, Span> | undefined;
  if (!names) {
    names = new Map();
    for (const statement of body.statements) {
      for (const word of wordsBoundBy(statement)) if (!names.has(word.text)) names.set(word.text, word.span);
    }
    boundNames.set(body, names);
  }
  return names;
}

/** The types that may introduce symbolic sizes in a body. */
export function typesIn(body: Body): TypeExpression[] {
  return body.statements.flatMap((statement) =>
    statement.kind === "input" || statement.kind === "binding"
      ? statement.type
        ? [statement.type]
        : []
      : [],
  );
}

/** The names in the expression of a dimension. */
export function namesIn(expression: Expression): Call[] {
  const calls: Call[] = [];
  visit(expression, (call) => void calls.push(call));
  return calls;
}

/**
 * Calls `onCall` for each call in an expression, in the order of the text, without those in bodies. It keeps a
 * list of what is left to visit instead of recursing, since operators may nest as deep as a text is long.
 */
export function visit(root: Expression | Chain, onCall: (call: Call) => void): void {
  const work: Expression[] = [root];
  while (work.length > 0) {
    const next = work.pop()!;
    if (next.kind === "call") onCall(next);
    const parts = partsOf(next);
    for (let i = parts.length - 1; i >= 0; i--) work.push(parts[i]!);
  }
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "constant":
      return [];
    case "call":
      return expression.arguments.map((argument) => argument.value);
    case "chain":
      return expression.steps.flatMap((step) => [...(step.label ? labelParts(step.label) : []), step.value]);
    case "list":
      return expression.elements;
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.consequent, expression.test, expression.alternate];
    case "subscript":
      return [
        expression.value,
        ...expression.indices.flatMap((index) =>
          index.kind === "at"
            ? [index.value]
            : index.kind === "slice"
              ? [index.start, index.stop, index.step].filter((part) => part !== undefined)
              : [],
        ),
      ];
    case "member":
      return [expression.value];
  }
}

function labelParts(label: Label): Expression[] {
  return label.parts.filter((part) => typeof part !== "string");
}

/** Whether the body has no input and a result: it is then a tensor instead of a layer. */
export function isSource(body: Body): boolean {
  return (
    body.statements.some((statement) => statement.kind === "output") &&
    !body.statements.some((statement) => statement.kind === "input")
  );
}
