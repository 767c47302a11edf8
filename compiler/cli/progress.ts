/**
 * The progress line: a line on a terminal that names a step which takes long. Compiling and running never yield,
 * so a separate thread draws the line (progress-thread.ts). The text is in memory that both threads share, under
 * a lock.
 */
import { writeSync } from "node:fs";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/** The line is shown when a step has taken this long. */
const SHOWN_AFTER_MS = 1000;

/** The text of the line is cut to this many bytes. */
const MAX_TEXT_BYTES = 256;

/**
 * The shared memory holds the time when work began (0 if no work is under way), then the cells, then the text,
 * which starts at this offset.
 */
const TEXT_OFFSET = 24;
const [LOCK, SHOWN, LENGTH] = [2, 3, 4];

/** Carriage return, then erase to the end of the line (ECMA-48). */
const erase = "\r\u001B[K";

export class ProgressLine {
  readonly memory: SharedArrayBuffer;
  readonly #began: Float64Array;
  readonly #cells: Int32Array;
  readonly #text: Uint8Array;
  readonly #write: (text: string) => void;

  constructor(
    memory: SharedArrayBuffer = new SharedArrayBuffer(TEXT_OFFSET + MAX_TEXT_BYTES),
    write: (text: string) => void = (text) => void writeSync(2, text),
  ) {
    this.memory = memory;
    this.#began = new Float64Array(memory, 0, 1);
    this.#cells = new Int32Array(memory, 0, TEXT_OFFSET / 4);
    this.#text = new Uint8Array(memory, TEXT_OFFSET);
    this.#write = write;
  }

  /** Sets the step that is under way from now on; undefined when all work has ended. */
  step(what: string | undefined, now: number = Date.now()): void {
    this.#locked(() => {
      if (what === undefined) {
        this.#began[0] = 0;
        return this.#clear();
      }
      this.#began[0] ||= now;
      this.#cells[LENGTH] = new TextEncoder().encodeInto(what, this.#text).written;
      if (this.#cells[SHOWN]) this.#draw(now);
    });
  }

  /** Erases the line, so that other text can be written. The line appears again when it is drawn next. */
  clear(): void {
    this.#locked(() => this.#clear());
  }

  /** Draws the line if the work has taken long enough. */
  draw(now: number = Date.now()): void {
    this.#locked(() => this.#draw(now));
  }

  #draw(now: number): void {
    const began = this.#began[0]!;
    if (began === 0 || now - began < SHOWN_AFTER_MS) return;
    // The text is copied first, as the decoder does not accept shared memory.
    const what = new TextDecoder().decode(this.#text.slice(0, this.#cells[LENGTH]));
    this.#cells[SHOWN] = 1;
    // The cursor goes back to the start of the line: if the process is killed, the shell's prompt begins there.
    this.#write(`${erase}${what} … ${Math.floor((now - began) / 1000)} s\r`);
  }

  #clear(): void {
    if (this.#cells[SHOWN] === 0) return;
    this.#cells[SHOWN] = 0;
    this.#write(erase);
  }

  #locked(action: () => void): void {
    while (Atomics.compareExchange(this.#cells, LOCK, 0, 1) !== 0) Atomics.wait(this.#cells, LOCK, 1);
    try {
      action();
    } finally {
      Atomics.store(this.#cells, LOCK, 0);
      Atomics.notify(this.#cells, LOCK, 1);
    }
  }
}

/** Makes a progress line that a thread draws until the process ends. */
export function progressLine(): ProgressLine {
  const line = new ProgressLine();
  const thread = new Worker(new URL(`./progress-thread${extname(import.meta.url)}`, import.meta.url), {
    workerData: line.memory,
    execArgv: [],
  });
  // On a system where no thread can be started, there is no such line.
  thread.on("error", () => {});
  thread.unref();
  return line;
}
