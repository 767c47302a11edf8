/** `--watch`: a command again after each change of what it read. */
import { existsSync, realpathSync, watch, type FSWatcher } from "node:fs";
import { dirname, resolve } from "node:path";
import { Option } from "commander";
import { reasonOf, Reader, stampOf } from "./files.ts";
import { exit, Failure, type Io } from "./io.ts";
import { report } from "./report.ts";

export interface WatchOptions {
  readonly watch?: true;
}

/** Files count as written when nothing has changed for so long. */
const SETTLED_AFTER_MS = 50;

export function watchOption(): Option {
  return new Option(
    "-w, --watch",
    "again after each change of a file that was read; Ctrl-C ends it",
  ).conflicts("json");
}

/**
 * Runs a command once; to watch, again and again until a signal ends the process. Each round reads by a reader of its
 * own, which knows what to wait for. What goes wrong in a round is said, and the next one waited for.
 */
export async function rounds(
  done: string,
  options: WatchOptions,
  io: Io,
  round: (reader: Reader) => Promise<void>,
): Promise<void> {
  if (!options.watch) return round(new Reader(io));
  const watched = {
    ...io,
    stdin: () => Promise.reject(new Failure("standard input cannot be watched", exit.usage)),
  };
  for (let isFirst = true; ; isFirst = false) {
    const reader = new Reader(watched);
    const began = performance.now();
    let result = done;
    try {
      await round(reader);
    } catch (cause) {
      // Another state of the files mends no command line.
      if (isFirst && cause instanceof Failure && cause.code === exit.usage) throw cause;
      report(cause, io);
      result = "failed after";
    }
    io.step?.();
    const [time] = new Date().toTimeString().split(" ");
    io.err(`${time} ${result} ${Math.ceil(performance.now() - began)} ms, waiting for changes\n`);
    await changeOf(reader.stamps);
  }
}

/** Waits until a file is not as it was, and all are at rest. */
async function changeOf(stamps: ReadonlyMap<string, string>): Promise<void> {
  const before = [...stamps.values()].join("\n");
  const watchers: FSWatcher[] = [];
  let last = before;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((changed, failed) => {
      const look = (): void => {
        timer = undefined;
        const now = [...stamps.keys()].map(stampOf).join("\n");
        if (now === before) return;
        if (now === last) return changed();
        last = now;
        wait();
      };
      const wait = (): void => void (timer ??= setTimeout(look, SETTLED_AFTER_MS));
      for (const folder of foldersOf(stamps.keys())) {
        try {
          watchers.push(watch(folder, wait).on("error", wait));
        } catch (cause) {
          // One that has just gone is a change.
          if (existsSync(folder)) failed(new Failure(`cannot watch ${folder}: ${reasonOf(cause)}`));
        }
      }
      if (watchers.length === 0) failed(new Failure("there is no folder left to watch"));
      // It may have changed since it was read.
      wait();
    });
  } finally {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}

/**
 * Folders tell of files that are written, replaced by renaming, made and removed; a file's own watcher is lost where
 * another file takes its name. Where a folder is not there yet, that which it will be made in is taken.
 */
function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    let folder = dirname(resolve(path));
    // A root is its own parent: a drive that is gone ends the walk.
    while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
    folders.add(folder);
    try {
      folders.add(dirname(realpathSync(path)));
    } catch {
      // It is not there, and so is no link.
    }
  }
  return folders;
}
