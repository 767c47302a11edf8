/** Builds an item or statement of the syntax tree from the concrete tree of a region. */
import type * as Ast from "./ast.ts";
import { ExpressionBuilder } from "./build-expression.ts";
import type { CstNode } from "./toolkit.ts";
import { node, nodes, token, tokens } from "./cst.ts";
import { badTarget } from "./syntax-errors.ts";
import type { BodyToken } from "./outline.ts";
import type { Rule } from "./parser.ts";
import type { Span } from "./source.ts";

export class StatementBuilder extends ExpressionBuilder {
  private readonly built: (token: BodyToken) => Ast.Body;

  constructor(source: Ast.File["span"]["source"], built: (token: BodyToken) => Ast.Body) {
    super(source, (at) => built(at as BodyToken));
    this.built = built;
  }

  item(rule: Rule, cst: CstNode, span: Span): Ast.Item {
    switch (rule) {
      case "importItem":
        return this.importItem(cst, span);
      case "weightsItem":
        return this.weights(cst, span);
      case "blockItem":
        return this.block(cst, span);
      case "inputStatement":
        return this.input(cst, span);
      case "outputStatement":
        return { kind: "output", items: nodes(cst, "item").map((item) => this.output(item)), span };
      case "parameterStatement":
        return this.parameter(cst, span);
      default:
        return this.statement(cst, span);
    }
  }

  private importItem(cst: CstNode, span: Span): Ast.Import {
    const names = nodes(cst, "imported").map((imported) => {
      const name = this.word(token(imported, "Name")!);
      const as = token(imported, "alias");
      return as ? { name, as: this.word(as) } : { name };
    });
    return { kind: "import", names, from: this.string(token(cst, "String")!), span };
  }

  private weights(cst: CstNode, span: Span): Ast.WeightsItem {
    const path = this.string(token(cst, "String")!);
    const rename = nodes(cst, "renamed").map((one) => {
      const [from, to] = tokens(one, "String").map((text) => this.string(text));
      return { from: from!, to: to! };
    });
    return { kind: "weights", path, ...(rename.length > 0 && { rename }), span };
  }

  private block(cst: CstNode, span: Span): Ast.Block {
    const parameters = nodes(cst, "parameter").map((parameter) => {
      const name = this.word(token(parameter, "Name")!);
      const value = node(parameter, "choice");
      return value ? { name, default: this.choice(value) } : { name };
    });
    const keyword = token(cst, "model") ? "model" : "block";
    const name = this.word(token(cst, "Name")!);
    const body = this.built(token(cst, "Body") as BodyToken);
    return { kind: "block", keyword, name, parameters, body, span };
  }

  private input(cst: CstNode, span: Span): Ast.InputStatement {
    const names = tokens(cst, "Name").map((name) => this.word(name));
    const type = node(cst, "type");
    return { kind: "input", names, ...(type && { type: this.type(type) }), span };
  }

  private output(cst: CstNode): Ast.OutputStatement["items"][number] {
    const name = token(cst, "Name");
    const value = this.chain(node(cst, "chain")!);
    return name ? { name: this.word(name), value } : { value };
  }

  private parameter(cst: CstNode, span: Span): Ast.ParameterStatement {
    const init = node(cst, "chain");
    return {
      kind: "parameter",
      role: token(cst, "param") ? "param" : "buffer",
      name: this.word(token(cst, "Word")!),
      type: this.type(node(cst, "type")!),
      ...(init && { init: this.chain(init) }),
      span,
    };
  }

  private statement(cst: CstNode, span: Span): Ast.Binding | Ast.ChainStatement {
    const value = node(cst, "value");
    const type = node(cst, "type");
    const word = token(cst, "Word");
    if (type) {
      const targets = [this.word(word!)];
      return {
        kind: "binding",
        targets,
        list: false,
        type: this.type(type),
        value: this.chain(value!),
        span,
      };
    }
    const labelled = node(cst, "labelled");
    if (labelled) {
      return { kind: "chain-statement", value: this.links(labelled, this.label(word!)), span };
    }
    const quoted = token(cst, "String");
    const left = this.links(node(cst, "links")!, quoted && this.label(quoted));
    if (!value) return { kind: "chain-statement", value: left, span };
    return { kind: "binding", ...this.targets(left), value: this.chain(value), span };
  }

  /** The left side of `=`: a name, or a list of names in which `_` drops a result. */
  private targets(left: Ast.Chain): Pick<Ast.Binding, "targets" | "list"> {
    const [step] = left.steps;
    const { value } = step!;
    const plain = left.steps.length === 1 && !step!.label;
    const name = bareName(value);
    if (plain && name && name.text !== "_") return { targets: [name], list: false };
    const names = listedNames(value);
    const square = value.span.source.text[value.span.start] === "[";
    if (plain && square && names) return { targets: names, list: true };
    this.report(badTarget(left.span, advice(left)));
    return { targets: [], list: false };
  }
}

function advice({ steps }: Ast.Chain): string {
  const [step] = steps;
  const value = step!.value;
  if (steps.length > 1) return "write name = a -> b, with the chain on the right";
  if (step!.label) return "a label stands right of `=`: name = label: layer";
  if (bareName(value)) return "`_` drops one of several results: [_, h] = …";
  const names = listedNames(value);
  if (names) return `write [${names.map((name) => name.text).join(", ")}] = …`;
  if (value.kind === "call") return `write ${value.name} = …; \`==\` compares`;
  if (value.kind === "member") return `write ${value.name.text} = …`;
  return "write name = … or [a, b] = …; `==` compares";
}

/** The word, if a value is only a name: without parentheses around it, and without arguments. */
function bareName(value: Ast.Expression): Ast.Word | undefined {
  if (value.kind !== "call") return undefined;
  const { span, nameSpan, name } = value;
  const bare = span.start === nameSpan.start && span.end === nameSpan.end;
  return bare ? { text: name, span } : undefined;
}

function listedNames(value: Ast.Expression): Ast.Word[] | undefined {
  if (value.kind !== "list" || value.elements.length === 0 || value.names) return undefined;
  const names = value.elements.map(bareName).filter((name) => name !== undefined);
  return names.length === value.elements.length ? names : undefined;
}
