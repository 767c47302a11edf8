/**
 * A session: the names that its lines have bound, the values of their tensors and parameters, and the random numbers.
 * A line changes all that it says or nothing: a `Trial` does its work, and is kept when it is done.
 */
import type { Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Source } from "../../../grammar/source.ts";
import { NnError } from "../../error.ts";
import { TEXT_LIMIT, textReader } from "../../files.ts";
import type { Mode } from "../../layers/record.ts";
import { openFile, openText, type Held } from "../../resolve/session.ts";
import { Generator } from "../../../runtime/random.ts";
import type { Tensor } from "../../../runtime/tensor.ts";
import { textSource, type Reader } from "../files.ts";
import { emptyLog } from "./log.ts";
import { shownText } from "./show.ts";
import type { Cells, State, Subject } from "./state.ts";
import { Trial } from "./trial.ts";

/** What is typed is a file of this name to messages. */
export const SESSION = "repl";

export class Session {
  readonly reader: Reader;
  /** Texts that were written as files, by their paths. */
  readonly saved: Map<string, string> = new Map();
  mode: Mode = "eval";
  #seed: number | bigint = 0;
  #state: State = begin(0);
  readonly #cells = new WeakMap<object, Cells>();
  readonly #tensors = new WeakMap<Held, Tensor>();
  readonly #lines: string[] = [];
  /** Files that were read, as they were last. */
  readonly #files = new Map<string, Source>();
  readonly #warn: (warnings: NnError) => void;
  readonly #allowOutside: boolean;

  constructor(reader: Reader, warn: (warnings: NnError) => void, allowOutside: boolean = false) {
    this.reader = reader;
    this.#allowOutside = allowOutside;
    this.#warn = warn;
  }

  get state(): State {
    return this.#state;
  }

  get seed(): number | bigint {
    return this.#seed;
  }

  /** Random numbers begin anew. */
  set seed(seed: number | bigint) {
    this.#seed = seed;
    this.#state = { ...this.#state, generator: new Generator(seed) };
  }

  /** The values of parameters, by their names within what owns them. */
  cellsOf(owner: object): Cells {
    return this.#cells.get(owner) ?? new Map();
  }

  tensorOf(held: Held): Tensor {
    const tensor = this.#tensors.get(held);
    if (!tensor) throw new Error("a tensor of the session has no values");
    return tensor;
  }

  /** As it was at the start; lines are counted on. */
  reset(): void {
    this.mode = "eval";
    this.#seed = 0;
    this.#state = begin(0);
  }

  /**
   * Takes note of what was typed, and gives it as a source. `command` stands before it on its line: `.graph x -> ReLU`.
   */
  typed(text: string, command: string = ""): Source {
    const line = this.#lines.length + 1;
    this.#lines.push(...`${command}${text}`.split("\n"));
    return { file: SESSION, text: " ".repeat(command.length) + text, line };
  }

  /** Statements, to the text of their values. Throws NnError where something is wrong, and then nothing has changed. */
  run(text: string): string {
    const source = this.typed(text);
    return this.attempt((trial) => trial.run(openText(source, trial.names, this.#reading(SESSION))));
  }

  /** A file's statements. */
  load(path: string): string {
    const source = textSource(path, this.reader.bytes(path, TEXT_LIMIT));
    return this.attempt((trial) => trial.run(openFile(source, this.#reading(path))));
  }

  /** Lines belong to the project of the working directory, a file to its own. */
  #reading(file: string): (path: string) => string {
    return textReader(this.reader.reading(file, this.#allowOutside));
  }

  /** What an expression would give, computed if so wished; nothing is kept. */
  peek(source: Source, computes: boolean): Subject | undefined {
    const trial = new Trial(this, { ...this.#state, last: undefined }, !computes);
    trial.run(openText(source, trial.names, this.#reading(SESSION)));
    return trial.last;
  }

  attempt(work: (trial: Trial) => void): string {
    const trial = new Trial(this, this.#state);
    work(trial);
    for (const [owner, cells] of trial.cells) this.#cells.set(owner, cells);
    for (const [held, tensor] of trial.tensors) this.#tensors.set(held, tensor);
    const { names, generator, log, last } = trial;
    this.#state = { names, generator, log, last };
    if (trial.warnings.length > 0) this.#warn(this.wrong(trial.warnings));
    return trial.shown.map((shown) => shownText(this, shown)).join("\n");
  }

  know(sources: readonly Source[]): void {
    for (const source of sources) if (source.file !== SESSION) this.#files.set(source.file, source);
  }

  /** The diagnostics with their frames, which show lines of any age. */
  wrong(diagnostics: readonly Diagnostic[]): NnError {
    const typed = { file: SESSION, text: this.#lines.join("\n") };
    return new NnError(diagnostics, [typed, ...this.#files.values()]);
  }
}

function begin(seed: number): State {
  return { names: new Map(), generator: new Generator(seed), log: emptyLog(), last: undefined };
}
