/** Where modules run: a realm of ECMAScript alone, and each kind of thread that Chromium has. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { createContext, runInContext } from "node:vm";
import { transform } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { compile, emit, type EmitOptions } from "../../compiler/index.ts";
import { lacking, launch } from "./chromium.ts";
import { root, run } from "./project.ts";

/** Of a net with parameters of each dtype: more than are printed as literals, and exp, which has tables. */
const source = `
model Places {
  input x: f32[N, 4]
  param count: i32[2] = 3
  scores = x -> Linear(4, 40) -> BatchNorm1d(40) -> Sigmoid -> Linear(40, 2)
  output y = scores
  output scaled = scores * count
}
`;
const input = [
  [0.5, -1, 2, 0.25],
  [1, 2, 3, 4],
];

function numbers({ y, scaled }: ReturnType<ReturnType<typeof compile>>): number[] {
  return [...y!.data, ...scaled!.data];
}
const wanted = numbers(compile(source)(input));

/** Calls the exports of a module, which are called `net`, and gives all numbers and whether it computes right. */
const USE = `((net, options) => {
  const model = net.create(options);
  const { y, scaled } = model(${JSON.stringify(input)});
  return [...y.data, ...scaled.data, net.selfTest(options) <= 1];
})`;
const all = [...wanted, true];
const allOfWasm = [...numbers(compile(source, { target: "wasm" })(input)), true];

describe("ECMAScript alone", () => {
  /** A realm without what engines add to the language, and without what engines of some years ago lacked. */
  function bare(): (code: string) => unknown {
    const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
    const { length } = runInContext(
      `for (const name of ["console", "WebAssembly", "SharedArrayBuffer", "Atomics", "BigInt64Array", "BigUint64Array", "WeakRef", "FinalizationRegistry"]) delete globalThis[name];
      const left = Object.getOwnPropertyNames(globalThis).filter((name) => /^(atob|btoa|Text|URL|fetch|process|Buffer|set|clear|queue|structured)/.test(name));
      left`,
      context,
    ) as string[];
    expect(length).toBe(0);
    return (code) => runInContext(code, context) as unknown;
  }

  const formats: readonly EmitOptions[] = [
    { format: "iife", globalName: "net" },
    { format: "iife", globalName: "net", external: true },
    { format: "cjs" },
    { format: "cjs", external: true },
  ];
  test.each(formats)("%j", (options) => {
    const { code, weights } = emit(source, options);
    const evaluate = bare();
    evaluate(options.format === "iife" ? code : `const net = {}; ((exports) => { ${code} })(net);`);
    // Bytes come from where the realm is.
    const bytes = weights && `{ weights: Uint8Array.of(${weights.join()}) }`;
    expect(evaluate(`JSON.stringify(${USE}(net, ${bytes}))`)).toBe(JSON.stringify(all));
  });

  test.each([false, true])("as React Native builds it, weights outside: %s", async (external) => {
    // Its modules are CommonJS in the end, and know no place of theirs.
    const { code, weights } = emit(source, { external, format: external ? "cjs" : "esm" });
    const built = await transform(code, { target: "es2018", format: "iife", globalName: "net" });
    expect(built.warnings).toEqual([]);
    const evaluate = bare();
    evaluate(built.code);
    const bytes = weights && `{ weights: Uint8Array.of(${weights.join()}) }`;
    expect(evaluate(`JSON.stringify(${USE}(net, ${bytes}))`)).toBe(JSON.stringify(all));
  });

  // `npm pack hermes-engine-cli@0.12.0` has the engine of React Native as a program, in 57 MB.
  const { HERMES } = process.env;
  test.skipIf(HERMES === undefined).each([false, true])("in Hermes, weights outside: %s", (external) => {
    const { code, weights } = emit(source, { external, format: "iife", globalName: "net" });
    const bytes = weights && `{ weights: Uint8Array.of(${weights.join()}) }`;
    const folder = mkdtempSync(join(tmpdir(), "nnc-hermes-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "net.js"), `${code}\nprint(JSON.stringify(${USE}(net, ${bytes})));`);
    expect(run(HERMES!, ["net.js"], folder)).toBe(`${JSON.stringify(all)}\n`);
  });
});

/** Gives the promise of what a thread says. */
const FROM = `((target) => new Promise((resolve, reject) => {
  target.onmessage = ({ data }) => resolve(data);
  target.onerror = ({ message }) => reject(new Error(message));
}))`;

/** Gives what the models in an audio worklet compute. */
function worklet(script: string, weights: string): string {
  return `(async () => {
    const context = new OfflineAudioContext(1, 128, 44100);
    await context.audioWorklet.addModule("${script}");
    const weights = await (await fetch("${weights}")).arrayBuffer();
    const node = new AudioWorkletNode(context, "net", { processorOptions: { weights } });
    return new Promise((resolve) => (node.port.onmessage = ({ data }) => resolve(data)));
  })()`;
}

const required = process.env["CI"] !== undefined;

describe.skipIf(lacking !== undefined && !required)("in Chromium", () => {
  let browser: Browser;
  let server: Server;
  let page: Page;
  let folder = "";

  const files: Readonly<Record<string, string | Uint8Array>> = {
    "index.html": "<!doctype html><title>places</title>",
    "net.js": emit(source).code,
    "script.js": emit(source, { format: "iife", globalName: "net" }).code,
    "outside.js": emit(source, { external: true, filename: "outside.nn" }).code,
    "outside.safetensors": emit(source, { external: true, filename: "outside.nn" }).weights!,
    "module-worker.js": `import * as net from "./net.js"; postMessage(${USE}(net));`,
    "classic-worker.js": `importScripts("script.js"); postMessage(${USE}(net));`,
    "shared-worker.js": `import * as net from "./net.js"; onconnect = ({ ports: [port] }) => port.postMessage(${USE}(net));`,
    "module-service.js": `import * as net from "./net.js"; onmessage = ({ source }) => source.postMessage(${USE}(net));`,
    "classic-service.js": `importScripts("script.js"); onmessage = ({ source }) => source.postMessage(${USE}(net));`,
    "worklet.js": `import * as inside from "./net.js"; import * as outside from "./outside.js";
      registerProcessor("net", class extends AudioWorkletProcessor {
        constructor({ processorOptions: { weights } }) {
          super();
          this.port.postMessage([${USE}(inside), ${USE}(outside, { weights })]);
        }
        process() { return false; }
      });`,
  };
  /** The same of kernels in WebAssembly. */
  const apart = emit(source, {
    target: "wasm",
    external: true,
    kernels: "outside",
    filename: "wasm-apart.nn",
  });
  const wasmFiles: Readonly<Record<string, string | Uint8Array>> = {
    "wasm.html": "<!doctype html><title>places of WebAssembly</title>",
    "wasm-net.js": emit(source, { target: "wasm" }).code,
    "wasm-both.js": emit(source, { target: "wasm,js" }).code,
    "wasm-script.js": emit(source, { target: "wasm", format: "iife", globalName: "net" }).code,
    "wasm-outside.js": emit(source, { target: "wasm", external: true }).code,
    "wasm-outside.safetensors": emit(source, { target: "wasm", external: true }).weights!,
    "wasm-apart.js": apart.code,
    "wasm-apart.safetensors": apart.weights!,
    "wasm-apart.wasm": apart.wasm!,
    "wasm-module-worker.js": files["module-worker.js"]!.toString().replace("./net.js", "./wasm-net.js"),
    "wasm-classic-worker.js": files["classic-worker.js"]!.toString().replace("script.js", "wasm-script.js"),
    "wasm-worklet.js": files["worklet.js"]!.toString().replaceAll(/"\.\/(?=net|outside)/g, '"./wasm-'),
  };
  const types: Readonly<Record<string, string>> = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
  };
  // Nothing from anywhere else, no inline script, and no code that is made of text.
  const policy =
    "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; frame-src 'self'";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "nnc-places-"));
    const served = { ...files, ...wasmFiles };
    for (const [name, content] of Object.entries(served)) writeFileSync(join(folder, name), content);
    server = createServer(({ url }, response) => {
      const name = url === "/" ? "index.html" : url!.slice(1).replace(/\?.*/, "");
      if (served[name] === undefined) return void response.writeHead(404).end();
      const type = types[extname(name)] ?? "application/octet-stream";
      const allowing = name.startsWith("wasm")
        ? policy.replace("'self'", "'self' 'wasm-unsafe-eval'")
        : policy;
      response.writeHead(200, { "content-type": type, "content-security-policy": allowing });
      response.end(readFileSync(join(folder, name)));
    });
    await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
    browser = await launch();
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["the page's own thread", `import("./net.js").then((net) => ${USE}(net))`],
    ["a module worker", `from(new Worker("module-worker.js", { type: "module" }))`],
    ["a classic worker", `from(new Worker("classic-worker.js"))`],
    ["a shared worker", `from(new SharedWorker("shared-worker.js", { type: "module" }).port)`],
    ["a service worker that is a module", `service("module-service.js", { type: "module" })`],
    ["a service worker that is a script", `service("classic-service.js")`],
  ])("%s", async (_, expression) => {
    const given = await page.evaluate(`(() => {
      const from = ${FROM};
      const service = async (script, options) => {
        const registration = await navigator.serviceWorker.register(script, options);
        const answer = from(navigator.serviceWorker);
        const worker = registration.installing ?? registration.waiting ?? registration.active;
        if (worker.state !== "activated") await new Promise((resolve) => worker.addEventListener("statechange", () => worker.state === "activated" && resolve()));
        worker.postMessage("go");
        const result = await answer;
        await registration.unregister();
        return result;
      };
      return ${expression};
    })()`);
    expect(given).toEqual(all);
  });

  test("an audio worklet, weights inside and outside", async () => {
    const given = await page.evaluate(worklet("worklet.js", "outside.safetensors"));
    expect(given).toEqual([all, all]);
  });

  describe("with kernels in WebAssembly", () => {
    let tab: Page;

    beforeAll(async () => {
      tab = await browser.newPage();
      await tab.goto(new URL("wasm.html", page.url()).href);
    });

    test.each([
      ["the page's own thread", `import("./wasm-net.js").then((net) => ${USE}(net))`],
      ["a memory with another module in it", `Promise.all([import("./wasm-net.js"), import("./wasm-both.js")]).then(([net, { create }]) => {
          const memory = new WebAssembly.Memory({ initial: 1 });
          const other = create({ memory });
          const values = ${USE}(net, { memory });
          return other.parameters["scores.0.weight"].data.buffer === memory.buffer && values;
        })`],
      ["kernels outside, which are fetched", `import("./wasm-apart.js").then(async (net) => {
          await net.load();
          const weights = await (await fetch("wasm-apart.safetensors")).arrayBuffer();
          return ${USE}(net, { weights });
        })`],
      ["kernels outside, as a module of WebAssembly", `import("./wasm-apart.js?again").then(async (net) => {
          const weights = await (await fetch("wasm-apart.safetensors")).arrayBuffer();
          const wasm = await WebAssembly.compileStreaming(fetch("wasm-apart.wasm"));
          return ${USE}(net, { weights, wasm });
        })`],
      ["a module worker", `from(new Worker("wasm-module-worker.js", { type: "module" }))`],
      ["a classic worker", `from(new Worker("wasm-classic-worker.js"))`],
    ])("%s", async (_, expression) => {
      const given = await tab.evaluate(`((from) => ${expression})(${FROM})`);
      expect(given).toEqual(allOfWasm);
    });

    test("an audio worklet, weights inside and outside", async () => {
      const given = await tab.evaluate(worklet("wasm-worklet.js", "wasm-outside.safetensors"));
      expect(given).toEqual([allOfWasm, allOfWasm]);
    });

    test("without blocking the thread", async () => {
      const use = `(async () => {
        const [net, response] = await Promise.all([import("./wasm-outside.js"), fetch("wasm-outside.safetensors")]);
        const weights = await response.arrayBuffer();
        const model = await net.createAsync({ weights });
        return ${USE}({ ...net, create: () => model }, { weights });
      })()`;
      expect(await tab.evaluate(use)).toEqual(allOfWasm);
    });

    test("a policy that forbids it", async () => {
      const message = await page.evaluate(`import("./wasm-net.js").catch(({ message }) => message)`);
      expect(message).toMatch(/^WebAssembly is forbidden here: script-src needs 'wasm-unsafe-eval'; compiled with --target wasm,js the net runs in JavaScript, too \(.*Content Security Policy.*\)$/);
    });

    test("JavaScript stands in where a policy forbids it", async () => {
      const use = `import("./wasm-both.js").then((net) => ${USE}(net))`;
      expect(await page.evaluate(use)).toEqual(all);
      expect(await tab.evaluate(use)).toEqual(allOfWasm);
    });
  }); // prettier-ignore

  test("typed arrays of another frame", async () => {
    const given = await page.evaluate(`(async () => {
      const frame = document.createElement("iframe");
      frame.src = "/index.html";
      const loaded = new Promise((resolve) => (frame.onload = resolve));
      document.body.append(frame);
      await loaded;
      const { Float32Array: Foreign, Array: ForeignArray } = frame.contentWindow;
      const { create } = await import("./net.js");
      const model = create();
      const rows = ForeignArray.from(${JSON.stringify(input)}, (row) => ForeignArray.from(row));
      const results = [Foreign.from(rows.flat()), rows, { shape: ForeignArray.of(2, 4), data: Foreign.from(rows.flat()) }].map((x) => [...model(x).y.data]);
      const outputs = { y: new Foreign(4), scaled: new Foreign(4) };
      model.run({ x: Foreign.from(rows.flat()) }, outputs);
      return { foreign: !(Foreign.of(1) instanceof Float32Array), results: [...results, [...outputs.y]] };
    })()`);
    const y = wanted.slice(0, 4);
    expect(given).toEqual({ foreign: true, results: [y, y, y, y] });
  });

  describe("examples/audio", () => {
    let serving: ChildProcess;
    let url = "";

    beforeAll(async () => {
      run(process.execPath, ["scripts/setup.mjs"], root);
      const args = [`${root}examples/web/serve.mjs`, "0"];
      serving = spawn(process.execPath, args, { stdio: ["ignore", "pipe", 2] });
      for await (const line of createInterface({ input: serving.stdout! }))
        if (line.endsWith("/audio/")) {
          url = line;
          break;
        }
    });

    afterAll(() => void serving?.kill());

    test("a sound, block by block", async () => {
      const samples = 4 * 128;
      const sound = Array.from({ length: samples }, (_, t) =>
        Math.fround(0.3 * Math.sin(t / 7) + 0.1 * Math.sin(t / 1.7)),
      );
      const tab = await browser.newPage();
      await tab.goto(url);
      const given = await tab.evaluate(`(async () => {
        const context = new OfflineAudioContext(1, ${samples}, 44100);
        await context.audioWorklet.addModule("worklet.js");
        const buffer = new AudioBuffer({ length: ${samples}, sampleRate: 44100 });
        buffer.copyToChannel(Float32Array.from(${JSON.stringify(sound)}), 0);
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(new AudioWorkletNode(context, "amplifier")).connect(context.destination);
        source.start();
        return [...(await context.startRendering()).getChannelData(0)];
      })()`);
      await tab.close();
      const filename = `${root}examples/audio/amp.nn`;
      const model = compile(readFileSync(filename, "utf8"), { filename });
      const rows = sound.map((_, t) => Array.from({ length: 32 }, (_, k) => sound[t + k - 31] ?? 0));
      expect(given).toEqual([...model(rows).data]);
    });

    test("the page plays, and stops", async () => {
      const tab = await browser.newPage();
      const troubles: string[] = [];
      tab.on("pageerror", (error) => troubles.push(`${error}`));
      await tab.goto(url);
      const button = tab.locator("#play");
      for (const label of ["Stop", "Play", "Stop"]) {
        await button.click();
        await expect.poll(() => button.textContent(), { timeout: 60_000 }).toBe(label);
      }
      await tab.locator("#through").uncheck();
      await tab.close();
      expect(troubles).toEqual([]);
    });
  });
});
