/**
 * A user's schedule for kernels, as `--schedule` reads it. Each line has a kernel's name, as `nnc print --after schedule`
 * shows it, and the directives for its loops; `#` begins a comment. Other kernels get the schedule of their target.
 *
 *     Linear_ReLU: jam i by 2, jam j by 4   # two rows and four columns at once
 *     Softmax:                              # loops as they are
 */
import { error, type Diagnostic } from "../../grammar/diagnostics.ts";
import type { Source, Span } from "../../grammar/source.ts";
import { directiveWords, hasLoopAlone, type Directive } from "../ir/plan/directive.ts";
import type { ScheduleError } from "../passes/schedule.ts";
import { quotedList, meant } from "../resolve/wording.ts";

export interface ScheduleFile {
  readonly schedules: ReadonlyMap<string, readonly Directive[]>;
  readonly diagnostics: readonly Diagnostic[];
  /** Where a kernel's name stands, or one of its directives. */
  readonly spanOf: (kernel: string, directive?: number) => Span;
}

/** More rounds side by side make a text that no engine optimises. */
const MAX_ROUNDS = 64;

export function readSchedule(source: Source): ScheduleFile {
  const schedules = new Map<string, Directive[]>();
  const spans = new Map<string, Span[]>();
  const diagnostics: Diagnostic[] = [];
  let offset = 0;
  for (const line of source.text.split("\n")) {
    const spanAt = (start: number, text: string): Span => {
      return { source, start: offset + start, end: offset + start + text.length };
    };
    const code = line.replace(/(?:^|\s)#.*$/, "").trimEnd();
    const colon = code.indexOf(":");
    const before = code.slice(0, Math.max(colon, 0));
    const name = before.trim();
    const head = spanAt(before.length - before.trimStart().length, name);
    if (code.trim() === "") {
      // An empty line, or a comment.
    } else if (colon < 0 || name === "") {
      const start = code.length - code.trimStart().length;
      diagnostics.push(wrongLine(spanAt(start, code.trim())));
    } else if (schedules.has(name)) {
      diagnostics.push(secondSchedule(head, name, spans.get(name)![0]!));
    } else {
      const found: Directive[] = [];
      const at = [head];
      let start = colon + 1;
      for (const part of code.slice(colon + 1).split(",")) {
        const text = part.trim();
        const span = spanAt(start + part.indexOf(text), text);
        start += part.length + 1;
        if (text === "" && code.slice(colon + 1).trim() === "") continue;
        const directive = readDirective(text);
        if (directive) found.push(directive);
        else diagnostics.push(wrongDirective(span, text));
        if (directive) at.push(span);
      }
      schedules.set(name, found);
      spans.set(name, at);
    }
    offset += line.length + 1;
  }
  return {
    schedules,
    diagnostics,
    spanOf: (kernel, directive) => spans.get(kernel)![directive === undefined ? 0 : directive + 1]!,
  };
}

function readDirective(text: string): Directive | undefined {
  const [, word, first, relation, second] = /^(\w+)\s+(\S+)(?:\s+(by|in|before)\s+(\S+))?$/.exec(text) ?? [];
  const what = (Object.keys(directiveWords) as Directive["do"][]).find((known) => known === word);
  if (what && hasLoopAlone(what)) return relation === undefined ? { do: what, loop: first! } : undefined;
  if (what === "pack")
    return relation === "in" || relation === "before"
      ? { do: what, buffer: first!, where: relation, loop: second! }
      : undefined;
  if (!what || relation !== "by" || !/^\d+$/.test(second!)) return undefined;
  const by = Number(second);
  return by >= 2 && by <= MAX_ROUNDS ? { do: what, loop: first!, by } : undefined;
}

/** NN4109: what a pass found wrong with a schedule. */
export function refusedSchedule(
  { kernel, directive, message, names }: ScheduleError,
  file: ScheduleFile,
): Diagnostic {
  const suggestion =
    directive === undefined
      ? meant(kernel, names, `the net has ${quotedList(names)}`)
      : "`nnc print FILE --after lift` shows the loops before they are scheduled";
  return error("NN4109", file.spanOf(kernel, directive), message, { suggestion });
}

/** NN4109 */
function wrongLine(span: Span): Diagnostic {
  return error("NN4109", span, "this is no schedule of a kernel", {
    suggestion: "write `KERNEL: DIRECTIVE, DIRECTIVE`, such as `Linear: jam i by 4, jam j by 4`",
  });
}

/** NN4109 */
function secondSchedule(span: Span, name: string, first: Span): Diagnostic {
  return error("NN4109", span, `the kernel ${name} has two schedules`, {
    notes: [{ message: "the first one", span: first }],
    suggestion: "join them with `,`",
  });
}

/** NN4109 */
function wrongDirective(span: Span, text: string): Diagnostic {
  return error("NN4109", span, `\`${text}\` is no directive`, {
    suggestion: `write \`jam i by 4\`, and so for \`unroll\`, \`sums\`, \`split\` and \`vector\`, with 2 to ${MAX_ROUNDS} rounds; \`reorder i\`, \`fuse i\`, \`peel i\` or \`parallel i\`; or \`pack weight in j\` and \`pack x before j\``,
  });
}
