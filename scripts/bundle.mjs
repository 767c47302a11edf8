// The steps of the build after tsc, which make the package need and contain no more than it must.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";

/**
 * Bundles the parts of Chevrotain that `grammar/toolkit.ts` uses into one file beside it. Then an installation of
 * nnc does not need Chevrotain, and a program that requires or bundles nnc meets no file that is only found at
 * run time. The licences of Chevrotain and of its dependencies must be distributed with it: they are in
 * `chevrotain.LICENSE.txt`.
 */
export async function bundleChevrotain(dist, root) {
  const toolkit = join(dist, "grammar", "toolkit.js");
  const { outputFiles, metafile } = await build({
    entryPoints: [toolkit],
    absWorkingDir: root,
    nodePaths: [join(root, "node_modules")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
    write: false,
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const used = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
  const packages = [...new Set(used.flatMap((path) => /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))];
  const notices = new Map();
  for (const path of packages.sort()) {
    const { name, text } = noticeOf(join(root, path));
    notices.set(text, [...(notices.get(text) ?? []), name]);
  }
  const licences = "chevrotain.LICENSE.txt";
  const banner = `/*! ${[...notices.values()].flat().join(", ")}: see ${licences} */\n`;
  writeFileSync(join(dist, "grammar", "chevrotain.js"), banner + outputFiles[0].text);
  writeFileSync(
    join(dist, "grammar", licences),
    [...notices].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`).join(`\n${"-".repeat(80)}\n\n`),
  );
  const text = readFileSync(toolkit, "utf8");
  writeFileSync(toolkit, text.replaceAll('from "chevrotain"', 'from "./chevrotain.js"'));
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((path) => /^licen[cs]e(\.\w+)?$/i.test(path));
  if (!file) throw new Error(`${name} has no file with its licence`);
  return { name: `${name} ${version} (${license})`, text: readFileSync(join(folder, file), "utf8").trim() };
}

/** Removes the declarations that no entry of package.json leads to, as nobody can import them. */
export function pruneTypes(dist, root) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap(({ types }) => types ?? []);
  const reached = new Set();
  const reach = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(file, "utf8").replaceAll(/\/\*[^]*?\*\//g, "");
    for (const [, path] of text.matchAll(/\b(?:from |import\()"(\.[^"]+)"/g))
      reach(resolve(dirname(file), path.replace(/\.[jt]s$/, ".d.ts")));
  };
  for (const entry of entries) reach(resolve(dist, entry.replace("./dist/", "")));
  for (const path of readdirSync(dist, { recursive: true })) {
    const file = resolve(dist, path);
    if (file.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
  }
}
