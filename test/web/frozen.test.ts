/** Modules where nothing that the language defines can be changed, as in hardened pages and edge runtimes. */
import { readdirSync, readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { transform } from "esbuild";
import { expect, test } from "vitest";
import { compile, emit } from "../../compiler/index.ts";
import { root } from "./project.ts";

/** Freezes all that can be reached from the globals. */
const FREEZE = `
  "use strict";
  const seen = new Set();
  const freeze = (value) => {
    if (Object(value) !== value || seen.has(value)) return;
    seen.add(value);
    freeze(Object.getPrototypeOf(value));
    for (const key of Reflect.ownKeys(value)) {
      const { value: own, get, set } = Object.getOwnPropertyDescriptor(value, key);
      for (const part of [own, get, set]) freeze(part);
    }
    if (value !== globalThis) Object.freeze(value);
  };
  freeze(globalThis);
  freeze(Object.getPrototypeOf(Int8Array));
  freeze(function* () {}.constructor);
  seen.size`;

const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith(".nn"));

test.each(examples.flatMap((name) => [[name, "js"] as const, [name, "wasm"] as const]))(
  "%s on %s",
  async (filename, target) => {
    const text = readFileSync(`${root}examples/${filename}`, "utf8");
    const inputs = readFileSync(`${root}examples/${filename.replace(/nn$/, "input.json")}`, "utf8");
    const { code } = await transform(emit(text, { filename, target }).code, {
      format: "iife",
      globalName: "net",
    });

    const context = createContext({}, { codeGeneration: { strings: false, wasm: target === "wasm" } });
    expect(runInContext(FREEZE, context)).toBeGreaterThan(500);
    expect(() => runInContext('"use strict"; Array.prototype.map = 1', context)).toThrow(/read only/);
    const given = runInContext(
      `${code} JSON.stringify([net.default(${inputs}), net.selfTest()])`,
      context,
    ) as string;
    const [outputs, error] = JSON.parse(given) as [unknown, number];
    const wanted = compile(text, { filename, target })(JSON.parse(inputs) as number[]);
    expect(outputs).toEqual(JSON.parse(JSON.stringify(wanted)));
    expect(error).toBeLessThan(16);
  },
);
