/** `--watch`: runs a command again after each change of a file that it read. */
import { existsSync, realpathSync, watch, type FSWatcher } from "node:fs";
import { dirname, resolve } from "node:path";
import { Option } from "commander";
import { reasonOf, Reader, stampOf } from "./read-file.ts";
import { exit, Failure, type Io } from "./io.ts";
import { report } from "./report.ts";

export interface WatchOptions {
  readonly watch?: true;
}

/** A file counts as completely written when nothing has changed for this long. */
const SETTLED_AFTER_MS = 50;

export function watchOption(): Option {
  return new Option(
    "-w, --watch",
    "again after each change of a file that was read; Ctrl-C ends it",
  ).conflicts("json");
}

/**
 * Runs a command once; or, to watch, again and again until a signal ends the process. Each round has its own
 * reader, which knows the files to wait for. An error in a round is printed, and the next change is waited for.
 */
export async function watchRounds(
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
      // A change of files does not correct a wrong command line, so this ends the watch.
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

/** Waits until a file has changed and no file is being written any more. */
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
          // A folder that was just removed counts as a change.
          if (existsSync(folder)) failed(new Failure(`cannot watch ${folder}: ${reasonOf(cause)}`));
        }
      }
      if (watchers.length === 0) failed(new Failure("there is no folder left to watch"));
      // A file may have changed between reading and watching.
      wait();
    });
  } finally {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}

/**
 * The folders to watch. A folder reports files that are written, replaced by renaming, made or removed, whereas
 * the watcher of a file is lost when another file takes its name. If a folder does not exist yet, its nearest
 * existing parent is watched.
 */
function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    let folder = dirname(resolve(path));
    // A root is its own parent, so the loop ends even if a drive is missing.
    while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
    folders.add(folder);
    try {
      folders.add(dirname(realpathSync(path)));
    } catch {
      // The file does not exist, so it is not a link.
    }
  }
  return folders;
}
