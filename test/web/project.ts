/** The package as its users get it: packed by npm, and unpacked into a new project. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** A new folder with `nnc` and what it depends on in its node_modules, and these files. */
export function makeProject(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "nnc-project-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "nnc"), { recursive: true });
  run("npm", ["pack", "--silent", "--pack-destination", folder], root);
  const [tarball] = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  run("tar", ["-xzf", tarball!, "-C", "node_modules/nnc", "--strip-components=1"], folder);
  const { dependencies } = JSON.parse(readFileSync(join(modules, "nnc", "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  for (const [name, text] of Object.entries({ "package.json": '{ "type": "module" }\n', ...files }))
    writeFileSync(join(folder, name), text);
  return folder;
}

export function removeProject(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** What a program prints. Throws all that it says where it fails. */
export function run(program: string, args: readonly string[], cwd: string): string {
  const shell = program === "npm" && process.platform === "win32";
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, shell, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  return stdout;
}
