/** examples/web and compiled modules in a browser, on the page's thread and in a worker, under the strictest policy. */
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compile, emit, type Tensor } from "../../compiler/index.ts";
import { loadNpy } from "../../runtime/index.ts";
import { lacking, launch } from "./chromium.ts";
import { root, run } from "./project.ts";

/** A page or a worker. */
interface Evaluating {
  evaluate(expression: string): Promise<unknown>;
}

/** Of a machine that is busy with other tests, too. */
function soon<T>(get: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(get, { timeout: 120_000 });
}

const required = process.env["CI"] !== undefined;
if (lacking !== undefined && !required) console.warn(`tests in a browser are left out: ${lacking}`);

describe.skipIf(lacking !== undefined && !required)("in Chromium", () => {
  let browser: Browser;
  let server: ChildProcess;
  let url = "";
  let page: Page;
  /** What should not happen: errors, refusals of the policy, files that are not there. */
  let troubles: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    run(process.execPath, ["scripts/setup.mjs"], root);
    server = spawn(process.execPath, [`${root}examples/web/serve.mjs`, "0"], {
      stdio: ["ignore", "pipe", 2],
    });
    for await (const line of createInterface({ input: server.stdout! }))
      if (line.startsWith("http:")) {
        url = line;
        break;
      }
    expect(url, "serve.mjs prints where it serves").not.toBe("");
  });

  afterAll(async () => {
    server?.kill();
    await browser?.close();
  });

  const readme = readFileSync(`${root}examples/web/README.md`, "utf8");
  const policy = /^default-src 'none';[^`]*/m.exec(readme)![0].trim().replaceAll("\n", " ");

  beforeEach(async () => {
    troubles = [];
    page = await browser.newPage();
    page.on("pageerror", (error) => troubles.push(`${error}`));
    page.on("requestfailed", (request) => troubles.push(`${request.url()} failed`));
    page.on("response", (response) => {
      if (!response.ok()) troubles.push(`${response.url()} ${response.status()}`);
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) troubles.push(message.text());
    });
    const response = await page.goto(url);
    expect(response!.headers()["content-security-policy"]).toBe(policy);
  });

  afterEach(() => page.close());

  // Node's numbers for the digits that were held out.
  const [digits, labels, logits] = ["digits", "labels", "convnet.logits"].map((name) =>
    loadNpy(readFileSync(`${root}examples/digits/${name}.npy`)),
  );
  const filename = `${root}examples/digits/convnet.nn`;
  // The policy of the page forbids WebAssembly.
  const net = compile(readFileSync(filename, "utf8"), { filename, target: "js" });

  const stages = ["edges", "strokes", "shapes"];

  function outputs(i: number): Readonly<Record<string, Tensor>> {
    return net(Float32Array.from((digits!.data as Uint8Array).subarray(784 * i, 784 * (i + 1))));
  }

  /** The channels of a stage, each from 0, its lowest value, to 255, its highest. */
  function expectedPictures({ shape, data }: Tensor): number[][] {
    const [, channels, height, width] = shape;
    const size = height! * width!;
    return Array.from({ length: channels! }, (_, i) => {
      const values = Array.from((data as Float32Array).subarray(size * i, size * (i + 1)));
      const lowest = Math.min(...values);
      const range = Math.max(...values) - lowest || 1;
      return values.map((value) => (255 * (value - lowest)) / range);
    });
  }

  /** The greys of the pictures that the page shows of a stage. */
  async function pictures(stage: string): Promise<number[][]> {
    return page.evaluate(`[...document.querySelectorAll("#${stage} canvas")].map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [...data].filter((_, i) => i % 4 === 0);
    })`);
  }

  async function allPictures(): Promise<string> {
    return JSON.stringify(await Promise.all(stages.map(pictures)));
  }

  function recorded(i: number): number {
    const row = (logits!.data as Float32Array).subarray(10 * i, 10 * (i + 1));
    return row.indexOf(Math.max(...row));
  }

  async function shows(i: number): Promise<void> {
    const wanted = outputs(i);
    await soon(() =>
      page.locator("data").evaluateAll((all) => all.map((one) => (one as { value?: string }).value)),
    ).toEqual(Array.from(wanted["probs"]!.data as Float32Array, String));
    expect(await page.locator("#answer").textContent()).toBe(`${recorded(i)}`);
    expect(await page.locator("#known").textContent()).toBe(`It is a ${labels!.data[i]}.`);
    for (const stage of stages) {
      const expected = expectedPictures(wanted[stage]!);
      const shown = await pictures(stage);
      expect(shown.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
      const greys = expected.flat();
      const apart = shown.flat().map((grey, k) => Math.abs(grey - greys[k]!));
      expect(Math.max(...apart), stage).toBeLessThan(1);
    }
  }

  async function ready(): Promise<void> {
    const status = page.locator("#status");
    await soon(() => status.textContent()).toMatch(/^Ready. This browser is within/);
    const [percent] = /\d+(?=%)/.exec((await status.textContent())!)!;
    expect(Number(percent)).toBeLessThanOrEqual(100);
  }

  test("the page reads digits and shows pictures as Node has them, here and in a worker", async () => {
    await ready();
    await shows(0);
    for (const i of [1, 2]) {
      await page.getByRole("button", { name: "Next digit" }).click();
      await shows(i);
    }
    expect(page.workers()).toEqual([]);
    await page.getByLabel("in a worker").check();
    await ready();
    expect(page.workers().map((worker) => worker.url())).toEqual([`${url}worker.js`]);
    await shows(2);
    await page.getByRole("button", { name: "Next digit" }).click();
    await shows(3);
    expect(troubles).toEqual([]);
  });

  test("it reads what is drawn", async () => {
    await ready();
    await page.getByRole("button", { name: "Clear" }).click();
    await soon(() => page.locator("#answer").textContent()).toBe("–");
    const strokes: Record<string, [number, number][]> = {
      "1": [
        [0.55, 0.2],
        [0.5, 0.8],
      ],
      "7": [
        [0.3, 0.25],
        [0.65, 0.22],
        [0.55, 0.5],
        [0.42, 0.85],
      ],
      "0": Array.from({ length: 33 }, (_, i): [number, number] => {
        const angle = (i / 32) * 2 * Math.PI;
        return [0.5 - 0.2 * Math.sin(angle), 0.5 - 0.3 * Math.cos(angle)];
      }),
    };
    const cleared = await allPictures();
    expect(cleared).toMatch(/^[[\]0,]+$/);
    const seen = new Set<string>();
    for (const [digit, points] of Object.entries(strokes)) {
      const { x, y, width, height } = (await page.locator("#pad").boundingBox())!;
      const [first, ...rest] = points.map(([right, down]) => [x + right * width, y + down * height] as const);
      await page.mouse.move(...first!);
      await page.mouse.down();
      for (const point of rest) await page.mouse.move(...point, { steps: 4 });
      // The pictures are there while the pen is down.
      await soon(allPictures).not.toBe(cleared);
      await page.mouse.up();
      await soon(() => page.locator("#answer").textContent()).toBe(digit);
      seen.add(await allPictures());
      await page.getByRole("button", { name: "Clear" }).click();
      await soon(allPictures).toBe(cleared);
    }
    expect(seen.size).toBe(3);
    expect(troubles).toEqual([]);
  });

  test("the policy holds, on the page and in the worker", async () => {
    await page.getByLabel("in a worker").check();
    await ready();
    // The browser tells of its worker a little later.
    await soon(() => page.workers().length).toBe(1);
    const evaluating = 'new Function("return 1")()';
    for (const place of [page, page.workers()[0]!])
      expect(await later(place, evaluating)).toMatch(/^EvalError: .*'unsafe-eval'/);
    expect(troubles).toEqual([]);
    // So refusals would have been seen above.
    await page.evaluate(`document.body.insertAdjacentHTML("beforeend", '<p style="color: red">')`);
    await soon(() => troubles.join()).toContain("style-src 'self'");
  });

  /** What an expression gives, or its error. Not at once: what a debugger evaluates is not held to the policy. */
  function later(place: Evaluating, expression: string): Promise<unknown> {
    return place.evaluate(`new Promise((resolve) => setTimeout(() => {
      try { resolve(${expression}); } catch (error) { resolve(String(error)); }
    }))`);
  }

  /** Texts of scripts that the page finds beside itself, under its policy. */
  async function serve(scripts: Readonly<Record<string, string>>): Promise<void> {
    await page.context().route("**/scripts/*.js", async (route) => {
      const body = scripts[route.request().url().replace(/^.*\//, "")];
      const headers = { "content-type": "text/javascript", "content-security-policy": policy };
      await route.fulfill(body === undefined ? { status: 404 } : { body, headers });
    });
  }

  const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith(".nn"));

  test("modules compute as in Node and pass their self tests, on a page and in a worker", async () => {
    const RUN = `async ({ name, inputs }) => {
      const net = await import(\`/web/scripts/\${name}\`);
      return JSON.stringify([net.default(inputs), net.selfTest()]);
    }`;
    const texts = examples.map((filename) => readFileSync(`${root}examples/${filename}`, "utf8"));
    const modules = examples.map((filename, i) => [`${filename}.js`, emit(texts[i]!, { filename }).code]);
    await serve({
      ...Object.fromEntries(modules),
      "worker.js": `const run = ${RUN}; onmessage = async ({ data }) => postMessage(await run(data));`,
    });
    await ready();
    await page.evaluate(`
      globalThis.worker = new Worker("/web/scripts/worker.js", { type: "module" });
      globalThis.inWorker = (job) => new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage(job);
      });`);
    expect(examples.length).toBeGreaterThan(4);
    for (const [i, filename] of examples.entries()) {
      const inputs: unknown = JSON.parse(
        readFileSync(`${root}examples/${filename.replace(/nn$/, "input.json")}`, "utf8"),
      );
      const wanted = JSON.stringify(compile(texts[i]!, { filename })(inputs as number[]));
      const job = JSON.stringify({ name: `${filename}.js`, inputs });
      for (const place of [`(${RUN})`, "inWorker"]) {
        const [outputs, error] = JSON.parse(await page.evaluate(`${place}(${job})`)) as [unknown, number];
        expect(outputs, filename).toEqual(JSON.parse(wanted));
        expect(error, filename).toBeLessThanOrEqual(1);
      }
    }
    expect(troubles).toEqual([]);
  });

  test("the compiler bundled: it compiles where the policy lets text become code, and says so where not", async () => {
    const entryPoints = [`${root}dist/compiler/index.js`];
    const { outputFiles } = await build({
      entryPoints,
      bundle: true,
      format: "iife",
      globalName: "nnc",
      write: false,
    });
    const script = outputFiles[0]!.text;
    await serve({ "nnc.js": `${script}; globalThis.nnc = nnc;` });
    await ready();
    await page.evaluate('import("/web/scripts/nnc.js")');
    const source = "LayerNorm(3) -> PReLU";
    const compiling = `JSON.stringify(nnc.compile("${source}")([3, 1, 2]))`;
    const emitting = `nnc.emit("${source}").code`;
    expect(await later(page, compiling)).toMatch(/^EvalError: compile makes code of text/);
    expect(await later(page, emitting)).toBe(emit(source).code);
    await page.goto("about:blank");
    await page.addScriptTag({ content: script });
    expect(JSON.parse((await later(page, compiling)) as string)).toEqual(
      JSON.parse(JSON.stringify(compile(source)([3, 1, 2]))),
    );
  });
});
