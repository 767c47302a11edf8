/** A Chromium of this machine for tests: none is downloaded. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function find(): string | undefined {
  const { CHROMIUM, PATH = "" } = process.env;
  if (CHROMIUM !== undefined) return CHROMIUM;
  const paths = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return paths.find((path) => existsSync(path));
}

const executablePath = find();

/** Why the tests cannot run here, if so. Where `CI` is set, that is a failure of theirs. */
export const lacking: string | undefined =
  executablePath === undefined
    ? `no ${names.join(", ")} on the PATH: install one (apt-get install chromium), or set CHROMIUM to where it is`
    : undefined;

export function launch(): Promise<Browser> {
  if (lacking !== undefined) throw new Error(lacking);
  return chromium.launch({ executablePath: executablePath! });
}
