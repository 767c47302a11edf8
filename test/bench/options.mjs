// The arguments of `npm run bench`.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { works } from "./works/index.mjs";

const names = ["compile", "run", "peers", "start", "size", "threads", "gpt2", "passes", "maps"];

const usage = `usage: npm run bench -- [--quick] [--only NAME]… [--target NAME] [--json FILE] [--out FILE] [--date YYYY-MM-DD]

  --quick      few repetitions: does it run, do the results agree
  --only NAME  a section, or the works of the section peers with this in their name; repeatable
  --target NAME  what nnc's kernels run on beside the peers: auto, js, wasm or both (the default)
  --json FILE  writes the results as JSON, too
  --out FILE   where the page goes; without it a whole run writes RESULTS.md, and others write none
  --date DATE  stands in the page in place of today's

sections: ${names.join(", ")}
works:
${works.map(({ name }) => `  ${name}`).join("\n")}`;

const options = /** @type {const} */ ({
  quick: { type: "boolean" },
  only: { type: "string", multiple: true },
  target: { type: "string", default: "both" },
  json: { type: "string" },
  out: { type: "string" },
  date: { type: "string" },
  help: { type: "boolean", short: "h" },
});

export function readArguments() {
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(usage);
      process.exit();
    }
    const isQuick = values.quick === true;
    const only = (values.only ?? []).map((name) => name.toLowerCase());
    const sections = new Set(only.length === 0 ? names : names.filter((name) => only.includes(name)));
    const chosen = works.filter(
      ({ name }) => sections.has("peers") || only.some((part) => name.toLowerCase().includes(part)),
    );
    const unknown = only.find(
      (name) => !names.includes(name) && !works.some((work) => work.name.toLowerCase().includes(name)),
    );
    if (unknown !== undefined) throw new Error(`nothing is called ${unknown}`);
    const { target } = values;
    if (target !== "auto" && target !== "js" && target !== "wasm" && target !== "both")
      throw new Error(`there is no target ${target}`);
    const date = values.date ?? new Date().toISOString().slice(0, 10);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new Error(`${date} is no date: write it as 2030-12-31`);
    const isWhole = only.length === 0 && !isQuick && target === "both";
    const page = values.out ?? (isWhole ? fileURLToPath(new URL("RESULTS.md", import.meta.url)) : undefined);
    return { sections, works: chosen, target, isQuick, date, page, json: values.json };
  } catch (cause) {
    console.error(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`);
    process.exit(2);
  }
}
