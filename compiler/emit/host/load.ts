/**
 * The text of `load` in a module whose weights are outside: it fetches the weights, or reads them in Node.js, and makes
 * a model.
 */
import { exportPrefix, type Format } from "./module-format.ts";
import { quoted } from "../js/print-kernel.ts";

/** The names that this part defines at the top level. */
export const loadNames: readonly string[] = ["base", "contentOf", "file", "load", "wasmFile"];

/** Matches an address that is not relative to the module. */
const ABSOLUTE = /^(?:[a-z][a-z\d+.-]*:|\/)/i;

/**
 * The text of `load`, which makes a model by the expression `create`. Only this part of a module contains the place of the
 * weights, and of kernels that are outside, too. In an ES module places are written in the form that bundlers recognize, so that
 * they include the files.
 */
export function loadText(format: Format, create: string, weightsUrl: string, wasmUrl?: string): string {
  const { base, place } = placeOf(format, weightsUrl);
  const parts =
    wasmUrl === undefined
      ? {
          files: `const file = ${quoted(nameOf(weightsUrl))};`,
          parameters: `source = ${place}`,
          reading: "const [weights, place] = await contentOf(await source);",
          options: "{ weights }",
          failed: "place",
          what: "weights",
          argument: "",
        }
      : {
          files: `const file = ${quoted(nameOf(weightsUrl))}, wasmFile = ${quoted(nameOf(wasmUrl))};`,
          parameters: `source = ${place}, kernels = ${placeOf(format, wasmUrl).place}`,
          reading: `const [[weights, place], [wasm, wasmPlace]] = await Promise.all([source, kernels].map(async (one, i) => contentOf(await one, i ? "kernels" : "weights")));`,
          options: "{ weights, wasm }",
          failed: "/^wasm /.test(cause.message) ? wasmPlace : place",
          what: "${what}",
          argument: ", what",
        };
  return `${parts.files}
${base}${exportPrefix(format)}async function load(${parts.parameters}) {
  ${parts.reading}
  try {
    return ${create}(${parts.options});
  } catch (cause) {
    const from = ${parts.failed};
    if (!from) throw cause;
    throw new TypeError(\`\${from}: \${cause.message}\`, { cause });
  }
}

async function contentOf(source${parts.argument}) {
  if (bytesOf(source)) return [source];
  const kind = kindOf(source);
  let place = source?.url;
  let answer = source;
  if (/^(String|URL|Request)$/.test(kind)) {
    place ??= String(source);
    const files = globalThis.process?.getBuiltinModule?.("node:fs");
    try {
      if (files && !/^(?!file:)[a-z][a-z\\d+.-]+:/i.test(place)) return [await files.promises.readFile(/^file:/i.test(place) ? new URL(place) : place), place];
      answer = await fetch(source);
    } catch (cause) {
      throw new TypeError(\`the ${parts.what} \${place} cannot be read: \${cause.message} \${cause.cause?.code ?? ""}\`.trim(), { cause });
    }
    place = answer.url || place;
  }
  if (answer?.ok === false) throw new TypeError(\`the server answered \${\`\${answer.status} \${answer.statusText}\`.trim()} for \${place || \`the ${parts.what}\`}\`);
  if (typeof answer?.arrayBuffer !== "function") return [source];
  return [await answer.arrayBuffer(), place];
}`;
}

/** The name of a URL's file. */
function nameOf(url: string): string {
  return decoded(url.split(/[?#]/)[0]!).split(/[/\\]/).at(-1)!;
}

/** The text of the definition before `load`, and the expression for the address of the weights. */
function placeOf(format: Format, url: string): { base: string; place: string } {
  switch (format) {
    case "esm":
      return { base: "", place: `new URL(${quoted(url)}, import.meta.url)` };
    case "cjs": {
      if (ABSOLUTE.test(url)) return { base: "", place: quoted(url) };
      const path = quoted(decoded(url.replace(/^\.\//, "")));
      return { base: "", place: `(typeof __dirname === "string" ? __dirname + "/" : "") + ${path}` };
    }
    case "iife":
      return {
        // The document knows the current script only while the script runs.
        base: "const base = globalThis.document?.currentScript?.src || globalThis.location?.href;\n",
        place: `new URL(${quoted(url)}, base)`,
      };
  }
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
