/**
 * The grammar, LL(2) without gates or backtracking. Its entry rules parse one region each, as the outline has cut
 * the braces out. Operators are parsed as flat lists, which `operators.ts` groups, so that no rule recurses
 * except through a bracket. What a flat list wrongly accepts is refused there.
 */
import { CstParser, type CstNode, type IToken, type TokenType } from "./toolkit.ts";
import * as T from "./tokens.ts";

/** Messages of parser exceptions: in place of Chevrotain's English, the token or rule that was expected. */
const EXPECTED = {
  buildMismatchTokenMessage: ({ expected }: { expected: TokenType }): string => expected.name,
  buildNotAllInputParsedMessage: (): string => "end",
  buildNoViableAltMessage: ({ ruleName }: { ruleName: string }): string => ruleName,
  buildEarlyExitMessage: ({ ruleName }: { ruleName: string }): string => ruleName,
};

class Grammar extends CstParser {
  constructor() {
    super(T.ALL, {
      maxLookahead: 2,
      recoveryEnabled: false,
      nodeLocationTracking: "none",
      skipValidations: true,
      errorMessageProvider: EXPECTED,
    });
    this.performSelfAnalysis();
  }

  // import { A, B as C } from "./file.nn"
  readonly importItem = this.RULE("importItem", () => {
    this.CONSUME(T.Import);
    this.CONSUME(T.OpenCurly);
    this.SUBRULE(this.imported);
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE2(this.imported);
    });
    this.OPTION(() => this.CONSUME2(T.Comma));
    this.CONSUME(T.CloseCurly);
    this.CONSUME(T.From);
    this.CONSUME(T.StringToken);
  });

  private readonly imported = this.RULE("imported", () => {
    this.CONSUME(T.Name);
    this.OPTION(() => {
      this.CONSUME(T.As);
      this.CONSUME2(T.Name, { LABEL: "alias" });
    });
  });

  // weights "file.safetensors" { "their.*": "our.*" }
  readonly weightsItem = this.RULE("weightsItem", () => {
    this.CONSUME(T.Weights);
    this.CONSUME(T.StringToken);
    this.OPTION(() => {
      this.CONSUME(T.OpenCurly);
      this.SUBRULE(this.renamed);
      this.MANY(() => {
        this.CONSUME(T.Comma);
        this.SUBRULE2(this.renamed);
      });
      this.OPTION2(() => this.CONSUME2(T.Comma));
      this.CONSUME(T.CloseCurly);
    });
  });

  private readonly renamed = this.RULE("renamed", () => {
    this.CONSUME(T.StringToken);
    this.CONSUME(T.Colon);
    this.CONSUME2(T.StringToken);
  });

  // block Name(a, b = 1) { … }
  readonly blockItem = this.RULE("blockItem", () => {
    this.OR([{ ALT: () => this.CONSUME(T.Block) }, { ALT: () => this.CONSUME(T.Model) }]);
    this.CONSUME(T.Name);
    this.OPTION(() => {
      this.CONSUME(T.OpenRound);
      this.OPTION2(() => {
        this.SUBRULE(this.parameter);
        this.MANY(() => {
          this.CONSUME(T.Comma);
          this.SUBRULE2(this.parameter);
        });
        this.OPTION3(() => this.CONSUME2(T.Comma));
      });
      this.CONSUME(T.CloseRound);
    });
    this.CONSUME(T.Body);
  });

  private readonly parameter = this.RULE("parameter", () => {
    this.CONSUME(T.Name);
    this.OPTION(() => {
      this.CONSUME(T.Assign);
      this.SUBRULE(this.choice);
    });
  });

  // input x: f32[N, 3]  or  input a, b
  readonly inputStatement = this.RULE("inputStatement", () => {
    this.CONSUME(T.Input);
    this.CONSUME(T.Name);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Colon);
          this.SUBRULE(this.type);
        },
      },
      {
        ALT: () =>
          this.MANY(() => {
            this.CONSUME(T.Comma);
            this.CONSUME2(T.Name);
          }),
      },
    ]);
  });

  // output a, name = chain
  readonly outputStatement = this.RULE("outputStatement", () => {
    this.CONSUME(T.Output);
    this.SUBRULE(this.item);
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE2(this.item);
    });
  });

  private readonly item = this.RULE("item", () => {
    this.OPTION(() => {
      this.CONSUME(T.Name);
      this.CONSUME(T.Assign);
    });
    this.SUBRULE(this.chain);
  });

  // param name: type = init
  readonly parameterStatement = this.RULE("parameterStatement", () => {
    this.OR([{ ALT: () => this.CONSUME(T.Param) }, { ALT: () => this.CONSUME(T.Buffer) }]);
    this.CONSUME(T.Word);
    this.CONSUME(T.Colon);
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(T.Assign);
      this.SUBRULE(this.chain);
    });
  });

  // A binding or a bare chain. The left side of `=` is checked later, where a better message can be given.
  readonly statement = this.RULE("statement", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Word);
          this.CONSUME(T.Colon);
          this.OR2([
            {
              ALT: () => {
                this.SUBRULE(this.type);
                this.CONSUME(T.Assign);
                this.SUBRULE(this.chain, { LABEL: "value" });
              },
            },
            { ALT: () => this.SUBRULE(this.links, { LABEL: "labelled" }) },
          ]);
        },
      },
      {
        ALT: () => {
          this.OPTION(() => {
            this.CONSUME(T.StringToken);
            this.CONSUME2(T.Colon);
          });
          this.SUBRULE2(this.links);
          this.OPTION2(() => {
            this.CONSUME2(T.Assign);
            this.SUBRULE2(this.chain, { LABEL: "value" });
          });
        },
      },
    ]);
  });

  /** The steps of a chain whose first label, if any, was read already. */
  private readonly links = this.RULE("links", () => {
    this.SUBRULE(this.choice);
    this.MANY(() => {
      this.CONSUME(T.Arrow);
      this.SUBRULE(this.step);
    });
  });

  // f32[N, 2 * C, ...]
  private readonly type = this.RULE("type", () => {
    this.CONSUME(T.DType);
    this.OPTION(() => {
      this.CONSUME(T.OpenSquare);
      this.OPTION2(() => {
        this.SUBRULE(this.dim);
        this.MANY(() => {
          this.CONSUME(T.Comma);
          this.SUBRULE2(this.dim);
        });
      });
      this.CONSUME(T.CloseSquare);
    });
  });

  private readonly dim = this.RULE("dim", () => {
    this.OR([
      { ALT: () => this.CONSUME(T.Ellipsis) },
      {
        ALT: () => {
          this.SUBRULE(this.operation);
          this.OPTION(() => {
            this.CONSUME(T.Bar);
            this.CONSUME(T.NumberToken);
          });
        },
      },
    ]);
  });

  private readonly chain = this.RULE("chain", () => {
    this.SUBRULE(this.step);
    this.MANY(() => {
      this.CONSUME(T.Arrow);
      this.SUBRULE2(this.step);
    });
  });

  private readonly step = this.RULE("step", () => {
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(T.Word, { LABEL: "label" }) },
        { ALT: () => this.CONSUME(T.StringToken, { LABEL: "label" }) },
      ]);
      this.CONSUME(T.Colon);
    });
    this.SUBRULE(this.choice);
  });

  // a if b else c if d else e
  private readonly choice = this.RULE("choice", () => {
    this.SUBRULE(this.operation);
    this.MANY(() => {
      this.CONSUME(T.If);
      this.SUBRULE2(this.operation);
      this.CONSUME(T.Else);
      this.SUBRULE3(this.operation);
    });
  });

  private readonly operation = this.RULE("operation", () => {
    this.SUBRULE(this.operand);
    this.MANY(() => {
      this.CONSUME(T.Operator);
      this.SUBRULE2(this.operand);
    });
  });

  /** Signs, one value, and the subscripts and members after it: `-x.h[0]`. */
  private readonly operand = this.RULE("operand", () => {
    this.MANY(() =>
      this.OR([
        { ALT: () => this.CONSUME(T.Minus, { LABEL: "sign" }) },
        { ALT: () => this.CONSUME(T.Not, { LABEL: "sign" }) },
      ]),
    );
    this.SUBRULE(this.atom);
    this.MANY2(() => this.SUBRULE(this.trailer));
  });

  private readonly trailer = this.RULE("trailer", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.OpenSquare);
          this.SUBRULE(this.index);
          this.MANY(() => {
            this.CONSUME(T.Comma);
            this.SUBRULE2(this.index);
          });
          this.CONSUME(T.CloseSquare);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.Dot);
          this.CONSUME(T.Word);
        },
      },
    ]);
  });

  private readonly index = this.RULE("index", () => {
    this.OR([
      { ALT: () => this.CONSUME(T.Ellipsis) },
      {
        ALT: () => {
          this.SUBRULE(this.operation, { LABEL: "start" });
          this.OPTION(() => this.SUBRULE(this.slice));
        },
      },
      { ALT: () => this.SUBRULE2(this.slice) },
    ]);
  });

  private readonly slice = this.RULE("slice", () => {
    this.CONSUME(T.Colon);
    this.OPTION(() => this.SUBRULE(this.operation, { LABEL: "stop" }));
    this.OPTION2(() => {
      this.CONSUME2(T.Colon);
      this.OPTION3(() => this.SUBRULE2(this.operation, { LABEL: "step" }));
    });
  });

  private readonly atom = this.RULE("atom", () => {
    this.OR([
      { ALT: () => this.CONSUME(T.NumberToken) },
      { ALT: () => this.CONSUME(T.StringToken) },
      { ALT: () => this.CONSUME(T.Constant) },
      { ALT: () => this.SUBRULE(this.call) },
      {
        ALT: () => {
          this.CONSUME(T.OpenRound);
          this.OPTION(() => this.SUBRULE(this.elements));
          this.CONSUME(T.CloseRound);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.OpenSquare);
          this.OPTION2(() => this.SUBRULE2(this.elements));
          this.CONSUME(T.CloseSquare);
        },
      },
    ]);
  });

  private readonly elements = this.RULE("elements", () => {
    this.SUBRULE(this.element);
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE2(this.element);
    });
    this.OPTION(() => this.CONSUME2(T.Comma, { LABEL: "last" }));
  });

  // An element in parentheses cannot have a name, which is checked later.
  private readonly element = this.RULE("element", () => {
    this.OPTION(() => {
      this.CONSUME(T.Word);
      this.CONSUME(T.Assign);
    });
    this.SUBRULE(this.chain);
  });

  // Name(a, b = 1) as i { … }
  private readonly call = this.RULE("call", () => {
    this.CONSUME(T.Name);
    this.OPTION(() => {
      this.CONSUME(T.OpenRound);
      this.OPTION2(() => {
        this.SUBRULE(this.argument);
        this.MANY(() => {
          this.CONSUME(T.Comma);
          this.SUBRULE2(this.argument);
        });
        this.OPTION3(() => this.CONSUME2(T.Comma));
      });
      this.CONSUME(T.CloseRound);
    });
    this.OPTION4(() => {
      this.CONSUME(T.As);
      this.CONSUME2(T.Name, { LABEL: "round" });
    });
    this.OPTION5(() => this.CONSUME(T.Body));
  });

  private readonly argument = this.RULE("argument", () => {
    this.OPTION(() => {
      // NanToNum(nan = 1)
      this.OR([{ ALT: () => this.CONSUME(T.Word) }, { ALT: () => this.CONSUME(T.Constant) }]);
      this.CONSUME(T.Assign);
    });
    this.SUBRULE(this.choice);
  });

  /** The expression in the braces of a label. */
  readonly hole = this.RULE("hole", () => this.SUBRULE(this.choice));
}

/** The parser is made once, as the analysis of the grammar is most of the time of a short run. */
let parser: Grammar | undefined = new Grammar();

/** The rules by which a region, or the braces of a label, can be parsed. */
export type Rule =
  | "importItem"
  | "weightsItem"
  | "blockItem"
  | "inputStatement"
  | "outputStatement"
  | "parameterStatement"
  | "statement"
  | "hole";

export interface ParseFailure {
  readonly token: IToken;
  readonly previous: IToken | undefined;
  /** The rule that failed. */
  readonly rule: string;
  /** The name of the token that was expected, or of the rule that found no alternative, or `end`. */
  readonly expected: string;
}

/** The result for a region whose brackets need more stack than is left. */
export const TOO_DEEP = "too deep";

/** The tree of one region, or its first failure. */
export function parseTokens(rule: Rule, tokens: IToken[]): CstNode | ParseFailure | typeof TOO_DEEP {
  parser ??= new Grammar();
  parser.input = tokens;
  let tree: CstNode;
  try {
    tree = parser[rule]();
  } catch (overflow) {
    if (!(overflow instanceof RangeError)) throw overflow;
    // The parser does not clean up its stacks in this case, so the next region gets a new parser.
    parser = undefined;
    return TOO_DEEP;
  }
  const [first] = parser.errors;
  if (!first) return tree;
  const { ruleStack } = first.context;
  return {
    token: first.token,
    previous: previousOf(tokens, first.token),
    rule: ruleStack.at(-1) ?? rule,
    expected: first.message,
  };
}

function previousOf(tokens: IToken[], token: IToken): IToken | undefined {
  const index = tokens.indexOf(token);
  return index < 0 ? tokens.at(-1) : tokens[index - 1];
}

export function isFailure(result: CstNode | ParseFailure): result is ParseFailure {
  return "expected" in result;
}
