/** Threads of a page: where it is cross-origin isolated, where it is not, and where a policy forbids workers of blobs. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, emit } from "../../compiler/index.ts";
import { wave } from "../wasm-engine.ts";
import { lacking, launch } from "./chromium.ts";

const source = "model M { input x: f32[N, 300]; output y = x -> Linear(300, 64) -> GELU }";
const ROWS = 400;
const { code, weights, wasm } = emit(source, {
  target: "wasm",
  threads: true,
  external: true,
  kernels: "outside",
});
const wanted = [
  ...compile(source, { target: "wasm" })({ dtype: "f32", shape: [ROWS, 300], data: wave(ROWS * 300) }).data,
];

/** What a model with three threads computes, twice: by itself, and where the page's own thread takes no share. */
const USE = `(async () => {
  const { createAsync } = await import("./net.js");
  const [weights, wasm] = await Promise.all(["net.safetensors", "net.wasm"].map(async (file) => (await fetch(file)).arrayBuffer()));
  const model = await createAsync({ weights, wasm, threads: 3 });
  const x = model.input("x", [${ROWS}, 300]), y = model.output("y", [${ROWS}, 64]);
  for (let i = 0; i < x.data.length; i++) x.data[i] = Math.sin(i * 1.7) * 2;
  model.run({ x }, { y });
  const first = [...y.data];
  y.data.fill(0);
  const { compareExchange } = Atomics;
  if (model.threads > 1) Atomics.compareExchange = (words, place, ...more) => place === 0 ? NaN : compareExchange(words, place, ...more);
  model.run({ x }, { y });
  Atomics.compareExchange = compareExchange;
  const { threads, threadsNote } = model;
  const second = [...y.data];
  model.dispose();
  return { first, second, threads, threadsNote, isolated: crossOriginIsolated };
})()`;

const files: Readonly<Record<string, readonly [type: string, content: string | Uint8Array]>> = {
  "": ["text/html", "<!doctype html><title>threads</title>"],
  "net.js": ["text/javascript", code],
  "net.safetensors": ["application/octet-stream", weights!],
  "net.wasm": ["application/wasm", wasm!],
  "favicon.ico": ["image/x-icon", ""],
};

describe.skipIf(lacking !== undefined && process.env["CI"] === undefined)("in Chromium", () => {
  let browser: Browser;
  let server: Server;
  let origin = "";

  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      const name = url!.replace(/^.*\//, "");
      const isolating = url!.startsWith("/alone/")
        ? {}
        : { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
      const blobs = url!.startsWith("/strict/") ? "" : " blob:";
      const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'${blobs}`;
      const [type, content] = files[name]!;
      response.writeHead(200, { "content-type": type, "content-security-policy": policy, ...isolating });
      response.end(content);
    });
    await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test.each([
    ["a page that is isolated", "isolated", 3, undefined],
    ["one that is not", "alone", 1, /^threads need a page that is cross-origin isolated, by the headers /],
    ["one whose policy forbids workers of blobs", "strict", 1, /worker-src blob:|Content Security Policy/],
  ] as const)("%s", async (_, folder, threads, note) => {
    const page = await browser.newPage();
    await page.goto(`${origin}/${folder}/`);
    const got = (await page.evaluate(USE)) as Readonly<Record<string, unknown>>;
    await page.close();
    expect(got["first"]).toEqual(wanted);
    expect(got["second"]).toEqual(wanted);
    expect([got["threads"], got["isolated"]]).toEqual([threads, folder !== "alone"]);
    if (note) expect(got["threadsNote"]).toMatch(note);
    else expect(got["threadsNote"]).toBeUndefined();
  });
});
