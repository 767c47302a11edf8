/** The formatter: it turns a syntax tree, or a text, into its canonical form. */
import type * as Ast from "./ast.ts";
import { Comments, behind, breakBefore, breaksBetween, lineEnd } from "./comments.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { atLine, group, hardLine, indent, layout, line, separated, wrapped, type Doc } from "./doc.ts";
import { parse } from "./parse.ts";
import { ExpressionPrinter, enclosed } from "./print-expression.ts";
import type { Source, Span } from "./source.ts";
import { quote } from "./strings.ts";

const WIDTH = 100;

/**
 * The canonical text of a file. A chain that was broken over lines stays broken, and comments keep their places.
 */
export function print(file: Ast.File): string {
  return layout(new Printer(new Comments(file.comments), false).file(file), WIDTH);
}

/** An expression on one line, however long. */
export function printExpression(expression: Ast.Expression): string {
  const printer = new Printer(new Comments([]), true);
  return layout(printer.expression(expression, -1), Infinity);
}

/** A chain on one line, however long. */
export function printChain(chain: Ast.Chain): string {
  return layout(new Printer(new Comments([]), true).chain(chain), Infinity);
}

export type Formatted = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

/** The canonical form of a text; or its diagnostics, as a text with errors is not formatted. */
export function format(source: Source): Formatted {
  const { file, diagnostics } = parse(source);
  return diagnostics.length > 0 ? { diagnostics } : { text: print(file) };
}

class Printer extends ExpressionPrinter {
  constructor(comments: Comments, flat: boolean) {
    super(comments, flat, (body) => this.block(body));
  }

  file({ items }: Ast.File): Doc {
    const lines = this.lines(items, Infinity);
    return lines.length === 0 ? "" : [lines, hardLine];
  }

  /**
   * Prints items or statements, one on each line, with the comments before `end`. There is no line break before
   * the first.
   */
  private lines(items: readonly Ast.Item[], end: number): Doc[] {
    const docs: Doc[] = [];
    const add = (span: Span, doc: Doc): void => {
      docs.push(docs.length === 0 ? doc : [breakBefore(span), doc]);
    };
    const addComments = (offset: number): void => {
      for (const { span, text } of this.comments.take(offset)) add(span, text);
    };
    items.forEach((item, index) => {
      addComments(item.span.start);
      const doc = this.item(item, index > 0);
      const next = items[index + 1]?.span.start ?? end;
      const after = this.comments.take(lineEnd(item.span, item.span.end, next));
      add(item.span, [doc, behind(after)]);
    });
    addComments(end);
    return docs;
  }

  private block(body: Ast.Body): Doc {
    const { statements, span } = body;
    if (this.flat) {
      const docs = statements.map((statement, index) => this.item(statement, index > 0));
      return docs.length === 0 ? "{}" : ["{ ", separated(docs, "; "), " }"];
    }
    const commented = this.comments.pending(span.end);
    if (statements.length === 0 && !commented) return "{}";
    const onOneLine = statements.length === 1 && !commented && !breaksBetween(span, span.start, span.end);
    if (onOneLine) {
      return atLine(group("{", indent(line, this.item(statements[0]!, false)), line, "}"));
    }
    const first = statements[0]?.span.start ?? span.end;
    const opening = behind(this.comments.take(lineEnd(span, span.start, first)));
    return atLine("{", indent(opening, hardLine, this.lines(statements, span.end)), hardLine, "}");
  }

  /**
   * `continues` says that the item is not the first of its body: a line that begins with `-` would continue the
   * line before.
   */
  private item(item: Ast.Item, continues: boolean): Doc {
    switch (item.kind) {
      case "import":
        return this.import(item);
      case "weights":
        return this.weights(item);
      case "block":
        return this.definition(item);
      case "input":
        return this.input(item);
      case "output":
        return this.output(item);
      case "parameter":
        return this.parameter(item);
      case "binding":
        return this.binding(item);
      case "chain-statement":
        return this.chain(item.value, continues);
    }
  }

  private import({ names, from }: Ast.Import): Doc {
    const docs = names.map(({ name, as }) => (as ? `${name.text} as ${as.text}` : name.text));
    return ["import ", braced(docs), " from ", quote(from.value)];
  }

  private weights({ path, rename }: Ast.WeightsItem): Doc {
    const docs = rename?.map(({ from, to }) => `${quote(from.value)}: ${quote(to.value)}`);
    return ["weights ", quote(path.value), docs ? [" ", braced(docs)] : ""];
  }

  private definition({ keyword, name, parameters, body }: Ast.Block): Doc {
    const docs = parameters.map((parameter): Doc => {
      const value = parameter.default;
      return value ? [parameter.name.text, " = ", this.expression(value)] : parameter.name.text;
    });
    const head = docs.length > 0 ? enclosed("(", docs, ")") : "";
    return [keyword, " ", name.text, head, " ", this.block(body)];
  }

  private input({ names, type }: Ast.InputStatement): Doc {
    if (type) return ["input ", names[0]!.text, ": ", this.type(type)];
    return ["input ", this.filled(names.map((name) => name.text))];
  }

  private output({ items }: Ast.OutputStatement): Doc {
    const docs = items.map(({ name, value }): Doc => {
      const printed = this.chain(value);
      return name ? [name.text, " = ", printed] : printed;
    });
    return ["output ", this.filled(docs)];
  }

  private filled([first, ...rest]: readonly Doc[]): Doc {
    return rest.length === 0 ? first! : [first!, indent(rest.map((doc) => [",", wrapped(doc)]))];
  }

  private parameter({ role, name, type, init }: Ast.ParameterStatement): Doc {
    const head: Doc = [role, " ", name.text, ": ", this.type(type)];
    return init ? [head, " = ", this.chain(init)] : head;
  }

  private binding({ targets, list, type, value }: Ast.Binding): Doc {
    const names = targets.map((target) => target.text);
    const left = list ? enclosed("[", names, "]") : names[0]!;
    return [left, type ? [": ", this.type(type)] : "", " = ", this.chain(value)];
  }
}

function braced(docs: readonly Doc[]): Doc {
  return group("{", indent(line, separated(docs, [",", line])), line, "}");
}
