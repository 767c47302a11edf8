/**
 * Runs a session on node:repl: prompts, history, keys and colours on a terminal; only results and messages in a
 * pipe.
 */
import { start, Recoverable, type REPLServer } from "node:repl";
import { createContext, runInContext } from "node:vm";
import { didYouMean } from "../../../grammar/diagnostics.ts";
import { isIncomplete } from "../../../grammar/incomplete.ts";
import { visible, visibleLines } from "../../../runtime/visible.ts";
import { version } from "../../../runtime/version.ts";
import { painted, takesColours } from "../colour.ts";
import { Reader } from "../read-file.ts";
import { exit, Failure, type Console, type ExitCode, type Io } from "../io.ts";
import { report } from "../report.ts";
import { commands, otherCommands } from "./commands.ts";
import { complete } from "./complete.ts";
import { historyFile } from "./history.ts";
import { SESSION, Session } from "./live-session.ts";

/** Words that people type to leave a session or to get help, with the command to use instead. */
const ways: Readonly<Record<string, string>> = {
  exit: ".exit or Ctrl-D leaves",
  quit: ".exit or Ctrl-D leaves",
  help: ".help shows them",
  clear: ".reset forgets everything, and Ctrl-L clears the screen",
};

/** A conversation: a session, and the streams on which it reads and writes. */
export class Conversation {
  readonly session: Session;
  readonly #console: Console;
  readonly #isTerminal: boolean;
  /** Where messages go: on a terminal they appear among the results, otherwise on the error stream. */
  readonly #io: Io;
  readonly #sandbox = createContext({});
  /** The lines of an unfinished text. */
  #pending = "";
  #code: ExitCode = exit.fine;

  constructor(console: Console, io: Io, allowOutside: boolean = false) {
    const { input, output, errors, env } = console;
    this.#console = console;
    this.#isTerminal = input.isTTY === true && output.isTTY === true;
    const stream = this.#isTerminal ? output : errors;
    const err = (text: string): void => void stream.write(painted(text, visibleLines));
    this.#io = { ...io, err, colours: { out: false, err: takesColours(stream, env) }, step: undefined };
    this.session = new Session(
      new Reader(this.#io),
      (warnings) => void report(warnings, this.#io),
      allowOutside,
    );
  }

  /** Reads lines until the input ends. On a terminal, an error in a line does not change the exit code. */
  async run(): Promise<ExitCode> {
    const { input, output, env } = this.#console;
    if (this.#isTerminal)
      output.write(`nnc ${version}: Tab completes, .help shows commands, Ctrl-D leaves\n`);
    const server = start({
      input,
      output,
      terminal: this.#isTerminal,
      prompt: this.#isTerminal ? "> " : "",
      preview: false,
      useColors: false,
      ignoreUndefined: true,
      writer: (text: string) => text,
      // Since Node 24, the text being edited has all lines of an unfinished text, separated by `\r`.
      completer: (line: string) => complete(this.session, line.includes("\n") ? "" : this.#pending, line),
      eval: (text, _context, _file, done) => this.#line(text.replaceAll("\r", "\n"), done),
    });
    this.#prepare(server);
    const history = this.#isTerminal ? historyFile(env) : undefined;
    if (history !== undefined) server.setupHistory(history, () => keepVisible(server));
    await new Promise<void>((resolve) => server.once("exit", resolve));
    // The end of the input also ends an unfinished text.
    if (this.#pending !== "") this.#do(() => this.#run(this.#pending));
    return this.#isTerminal ? exit.fine : this.#code;
  }

  #prepare(server: REPLServer): void {
    server.displayPrompt = (preserveCursor) => {
      if (!this.#isTerminal) return;
      server.setPrompt(this.#pending === "" ? "> " : "... ");
      server.prompt(preserveCursor);
    };
    server.prependListener("SIGINT", () => (this.#pending = ""));
    const define = (name: string, help: string, run: (argument: string) => string): void =>
      server.defineCommand(name, {
        help,
        action: (argument) => {
          this.#do(() => run(argument));
          server.displayPrompt();
        },
      });
    for (const [name, { help, run }] of Object.entries(commands))
      define(name, help, (argument) =>
        run(this.session, argument, this.session.typed(argument, `.${name} `)),
      );
    const known = server.commands as Record<string, unknown>;
    delete known["clear"];
    delete known["break"];
    // Handles any other name after a dot; the continuation of a text may begin with `.weight`.
    const other = (name: string): object => ({ action: () => this.#unknown(server, name) });
    const others = {
      get: (_: object, name: string | symbol) => (this.#pending === "" ? other(String(name)) : undefined),
    };
    Object.setPrototypeOf(known, new Proxy({}, others));
  }

  #unknown(server: REPLServer, given: string): void {
    // node:repl does not treat a single dot as a command.
    const name = given === "null" ? "" : given;
    const meant = didYouMean(name, [...Object.keys(commands), ...otherCommands.keys()]);
    this.#do(() => {
      this.session.typed("", `.${name}`);
      throw new Failure(
        `there is no command .${name}: ${meant === undefined ? ".help shows them" : `did you mean .${meant}?`}`,
      );
    });
    server.displayPrompt();
  }

  #line(text: string, done: (error: Error | null, result?: unknown) => void): void {
    if (isIncomplete({ file: SESSION, text })) {
      this.#pending = text;
      done(new Recoverable(new SyntaxError()));
      return;
    }
    this.#pending = "";
    this.#do(() => this.#run(text));
    done(null);
  }

  #run(text: string): string {
    const [, word = ""] = /^(exit|quit|help|clear)\s*(?:\(\s*\))?$/.exec(text.trim()) ?? [];
    if (word !== "" && !this.session.state.names.has(word)) {
      this.session.typed(text.trimEnd());
      throw new Failure(`commands begin with a dot: ${ways[word]}`);
    }
    return this.session.run(text.replace(/\n$/, ""));
  }

  /** Runs `work` and prints its result, or the error that it throws. */
  #do(work: () => string): void {
    try {
      const text = this.#interruptible(work);
      if (text !== "") this.#console.output.write(`${visibleLines(text.trimEnd())}\n`);
    } catch (cause) {
      const isInterrupt = (cause as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
      const code = report(isInterrupt ? new Failure("interrupted") : cause, this.#io);
      if (this.#code !== exit.internal) this.#code = code;
    }
  }

  /**
   * On a terminal, Ctrl-C must end the computation. A terminal in raw mode sends Ctrl-C as a key, which nothing
   * reads during a computation, so raw mode is switched off.
   */
  #interruptible(work: () => string): string {
    const { input } = this.#console;
    if (!this.#isTerminal || !input.setRawMode) return work();
    input.setRawMode(false);
    try {
      this.#sandbox["work"] = work;
      return runInContext("work()", this.#sandbox, { breakOnSigint: true }) as string;
    } finally {
      input.setRawMode(true);
    }
  }
}

/**
 * Escapes invisible characters in lines from the history file, as it may have been written by another program.
 */
function keepVisible(server: REPLServer): void {
  const kept = server as unknown as { history?: string[] };
  const isSeen = (line: string): boolean =>
    visible(line.replaceAll(/[\r\n\t]/g, " ")) === line.replaceAll(/[\r\n\t]/g, " ");
  if (kept.history) kept.history = kept.history.filter(isSeen);
}
