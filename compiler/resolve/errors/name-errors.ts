/** The diagnostics about names, NN30xx: one function for each message. */
import { error, type Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Span } from "../../../grammar/source.ts";
import { elsewhere, quotedList, meant } from "../wording.ts";

/** NN3001 */
export function unknownLayer(span: Span, name: string, candidates: readonly string[]): Diagnostic {
  const suggestion =
    elsewhere(name, candidates) ?? meant(name, candidates, "`nnc layers` lists those there are");
  return error("NN3001", span, `there is no layer or block \`${name}\``, { suggestion });
}

/** NN3002 */
export function unknownName(span: Span, name: string, candidates: readonly string[]): Diagnostic {
  return error("NN3002", span, `\`${name}\` is not bound here`, {
    suggestion: elsewhere(name, candidates) ?? meant(name, candidates),
  });
}

/** NN3003 */
export function boundTwice(span: Span, name: string, first: Span): Diagnostic {
  return error("NN3003", span, `\`${name}\` is bound already, and names are bound once`, {
    notes: [{ message: "first bound here", span: first }],
  });
}

/** NN3004 */
export function usedBeforeBound(span: Span, name: string, later: Span): Diagnostic {
  return error("NN3004", span, `\`${name}\` is used before it is bound`, {
    notes: [{ message: "bound here", span: later }],
  });
}

/** NN3005 */
export function circularConstant(span: Span, name: string): Diagnostic {
  return error("NN3005", span, `the value of \`${name}\` depends on itself`);
}

/** NN3006 */
export function recursion(span: Span, cycle: readonly string[]): Diagnostic {
  return error("NN3006", span, `a block cannot contain itself: ${cycle.join(" -> ")}`);
}

/** NN3007 */
export function noMember(span: Span, what: string, name: string, layer: string | undefined): Diagnostic {
  const isSize = name === "shape" || name === "ndim";
  return error("NN3007", span, `${what} has no part \`${name}\``, {
    suggestion: isSize
      ? "sizes have names in types: `input x: f32[N, C]`, and then `N` is one"
      : layer && `a value flows into a layer: \`x -> ${layer}\``,
  });
}

/** NN3007 */
export function noResult(span: Span, from: string, name: string, names: readonly string[]): Diagnostic {
  const known = names.length === 0 ? "its results have no names" : `its results are ${quotedList(names)}`;
  return error("NN3007", span, `${from} has no result \`${name}\``, {
    suggestion: meant(name, names, known),
  });
}

/** NN3007 */
export function memberOfUnbound(span: Span, text: string, name: string): Diagnostic {
  return error("NN3007", span, `${text} has no place in the net, and so no \`${name}\``, {
    suggestion: `bind the layer to a name first: \`layer = ${text}\`, then \`layer.${name}\``,
  });
}

/** NN3007 */
export function resultOfLayer(span: Span, text: string, name: string): Diagnostic {
  return error("NN3007", span, `${text} is a layer, and only what it gives has \`${name}\``, {
    suggestion: `put the chain in parentheses: \`(x -> ${text}).${name}\``,
  });
}
