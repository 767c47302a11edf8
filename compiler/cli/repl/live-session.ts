/**
 * A session: the names that its lines have bound, the values of their tensors and parameters, and the random
 * numbers. A line either takes effect as a whole or not at all: a `Trial` does the work of the line, and its
 * results are adopted if it succeeds.
 */
import type { Diagnostic } from "../../../grammar/diagnostics.ts";
import type { Source } from "../../../grammar/source.ts";
import { NnError } from "../../../grammar/nn-error.ts";
import { TEXT_LIMIT, textReader } from "../../drive/source-files.ts";
import type { Mode } from "../../layers/record.ts";
import { openFile, openText, type Held } from "../../resolve/session.ts";
import { Generator } from "../../../runtime/random.ts";
import type { Tensor } from "../../../runtime/tensor.ts";
import { textSource, type Reader } from "../read-file.ts";
import { emptyLog } from "./log.ts";
import { shownText } from "./show.ts";
import type { Cells, SessionState, Subject } from "./session-state.ts";
import { Trial } from "./trial.ts";

/** The file name that messages give to typed lines. */
export const SESSION = "repl";

export class Session {
  readonly reader: Reader;
  /** The texts that were written as files, by their paths. */
  readonly saved: Map<string, string> = new Map();
  mode: Mode = "eval";
  #seed: number | bigint = 0;
  #state: SessionState = begin(0);
  readonly #cells = new WeakMap<object, Cells>();
  readonly #tensors = new WeakMap<Held, Tensor>();
  readonly #lines: string[] = [];
  /** The files that were read, with their latest contents. */
  readonly #files = new Map<string, Source>();
  readonly #warn: (warnings: NnError) => void;
  readonly #allowOutside: boolean;

  constructor(reader: Reader, warn: (warnings: NnError) => void, allowOutside: boolean = false) {
    this.reader = reader;
    this.#allowOutside = allowOutside;
    this.#warn = warn;
  }

  get state(): SessionState {
    return this.#state;
  }

  get seed(): number | bigint {
    return this.#seed;
  }

  /** Restarts the random numbers from a seed. */
  set seed(seed: number | bigint) {
    this.#seed = seed;
    this.#state = { ...this.#state, generator: new Generator(seed) };
  }

  /** The values of parameters, by their names within the layer that owns them. */
  cellsOf(owner: object): Cells {
    return this.#cells.get(owner) ?? new Map();
  }

  tensorOf(held: Held): Tensor {
    const tensor = this.#tensors.get(held);
    if (!tensor) throw new Error("a tensor of the session has no values");
    return tensor;
  }

  /** Resets the session to its initial state; the numbering of lines goes on. */
  reset(): void {
    this.mode = "eval";
    this.#seed = 0;
    this.#state = begin(0);
  }

  /**
   * Records a typed text and returns it as a source. `command` is the text before it on the line: `.graph ` in
   * `.graph x -> ReLU`.
   */
  typed(text: string, command: string = ""): Source {
    const line = this.#lines.length + 1;
    this.#lines.push(...`${command}${text}`.split("\n"));
    return { file: SESSION, text: " ".repeat(command.length) + text, line };
  }

  /**
   * Runs statements and returns the text of their values. Throws an NnError if something is wrong; then nothing
   * has changed.
   */
  run(text: string): string {
    const source = this.typed(text);
    return this.attempt((trial) => trial.run(openText(source, trial.names, this.#reading(SESSION))));
  }

  /** Runs the statements of a file. */
  load(path: string): string {
    const source = textSource(path, this.reader.bytes(path, TEXT_LIMIT));
    return this.attempt((trial) => trial.run(openFile(source, this.#reading(path))));
  }

  /** Typed lines belong to the project of the working directory, and a file belongs to its own project. */
  #reading(file: string): (path: string) => string {
    return textReader(this.reader.reading(file, this.#allowOutside));
  }

  /** The value of an expression, computed if `computes` is true. The session does not change. */
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

  /** The diagnostics as an error; their frames can show any line typed so far. */
  wrong(diagnostics: readonly Diagnostic[]): NnError {
    const typed = { file: SESSION, text: this.#lines.join("\n") };
    return new NnError(diagnostics, [typed, ...this.#files.values()]);
  }
}

function begin(seed: number): SessionState {
  return { names: new Map(), generator: new Generator(seed), log: emptyLog(), last: undefined };
}
