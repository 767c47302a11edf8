/** Runs the program as a process of its own, as it is installed. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** The program as it is installed: `build` makes it. */
export const program: string = join(root, "dist/compiler/cli/main.js");

/** For beforeAll: without it `dist` may be that of older sources. */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/setup.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
}

/** A process that runs the program here; `node` are arguments of Node's own. */
export function start(argv: readonly string[], node: readonly string[] = []): Started {
  const child = spawn(process.execPath, [...node, program, ...argv]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  let seen = 0;
  let look = (): void => {};
  for (const [name, stream] of [
    ["out", child.stdout],
    ["err", child.stderr],
  ] as const)
    stream.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      look();
    });
  const ended = new Promise<End>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...said }));
  });
  return {
    child,
    ended,
    err: async (pattern) => {
      for (;;) {
        const rest = said.err.slice(seen);
        const match = pattern.exec(rest);
        if (match) {
          seen += match.index + match[0].length;
          return rest.slice(0, match.index + match[0].length);
        }
        const next = new Promise<boolean>((resolve) => (look = () => resolve(true)));
        const goesOn = await Promise.race([next, ended.then(() => false)]);
        if (!goesOn) throw new Error(`the process ended before ${String(pattern)}: ${said.err}`);
      }
    },
  };
}

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<End>;
  /** What it says on the error stream up to the next match, once it has said so. */
  readonly err: (pattern: RegExp) => Promise<string>;
}
