/** Modules whose weights are outside: what `create` takes, what it says of everything else, and how `load` reads. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createContext, runInContext, type Context } from "node:vm";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emit, loadSafetensors, saveSafetensors, tensor, type Model } from "../compiler/index.ts";
import { uniform, Generator } from "../runtime/random.ts";

const net = "Linear(4, 8) -> ReLU -> Linear(8, 3)";
const script = emit(net, { external: true, filename: "net.nn", format: "iife" });
const own = script.weights!;
const tensors = loadSafetensors(own);
const names = ["0.weight", "0.bias", "2.weight", "2.bias"];

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

function renamed(rename: (name: string) => string): Uint8Array {
  return saveSafetensors(Object.fromEntries(names.map((name) => [rename(name), tensors[name]!])));
}

/** The file with another dtype for a tensor, whose bytes stay. */
function relabelled(
  name: string,
  dtype: string,
  change: (entry: string) => string = (entry) => entry,
): Uint8Array {
  const bytes = saveSafetensors(tensors);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const other = header.replace(new RegExp(`"${name}":\\{"dtype":"F32"[^}]*\\}`), (entry) => change(entry.replace("F32", dtype))); // prettier-ignore
  const made = new Uint8Array(8 + other.length + bytes.length - 8 - length);
  new DataView(made.buffer).setBigUint64(0, BigInt(other.length), true);
  made.set(ascii(other), 8);
  made.set(bytes.subarray(8 + length), 8 + other.length);
  return made;
}

const files: Readonly<Record<string, Uint8Array>> = {
  own,
  html: ascii("<!DOCTYPE html>\n<html><head><title>App</title></head></html>"),
  xml: ascii('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'),
  json: ascii('{"message":"Not Found"}'),
  text: ascii("404: Not Found"),
  lfs: ascii("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1134\n"),
  gzip: ascii("\x1f\x8b\x08\0\0\0\0\0\0\x03"),
  torch: ascii(`PK\x03\x04${"\0".repeat(22)}\x10\0\0\0archive/data.pkl`),
  npz: ascii(`PK\x03\x04${"\0".repeat(22)}\x0a\0\0\0weight.npy`),
  pickle: ascii("\x80\x02}q\0."),
  npy: ascii("\x93NUMPY\x01\0v\0{'descr': '<f4'"),
  gguf: ascii("GGUF\x03\0\0\0"),
  hdf5: ascii("\x89HDF\r\n\x1a\n"),
  empty: new Uint8Array(0),
  headless: own.subarray(0, 100),
  // Its length begins as a pickle does.
  pickled: ascii('\x80\x02\0\0\0\0\0\0{"w":'),
  cut: own.subarray(0, own.length - 10),
  another: emit("Linear(4, 8) -> Tanh -> Linear(8, 3)", { external: true }).weights!,
  wrapped: renamed((name) => `module.${name}`),
  inner: renamed((name) => name.replace("2.", "1.")),
  more: saveSafetensors({ ...tensors, extra: tensor([1]) }),
  transposed: saveSafetensors({ ...tensors, "0.weight": { ...tensors["0.weight"]!, shape: [4, 8] } }),
  integers: saveSafetensors({ ...tensors, "0.bias": tensor([1, 2, 3, 4, 5, 6, 7, 8], { dtype: "i64" }) }),
  eight: relabelled("2.bias", "F8_E4M3", (entry) => entry),
  lying: relabelled("2.bias", "F64"),
};

// What is given to create, as an expression, and what is said.
const refused: readonly (readonly [string, string])[] = [
  ["", "weights are wanted: those of this module are in net.safetensors; await load() reads them, create({ weights }) takes the bytes"],
  ["{}", "weights are wanted: those of this module are in net.safetensors; await load() reads them, create({ weights }) takes the bytes"],
  ["{ weights: null }", "weights are wanted: those of this module are in net.safetensors; await load() reads them, create({ weights }) takes the bytes"],
  ["files.own", "weights are wanted in a record: create({ weights }), not create(Uint8Array)"],
  ["{ weight: files.own }", "weights are wanted in a record: create({ weights }), not create({ weight })"],
  ["{ weights: Promise.resolve(files.own) }", "weights are a promise: create({ weights: await weights }) waits for it, and await load(weights) does"],
  ['{ weights: "./net.safetensors" }', "weights are a String: await load(weights) reads it, create takes bytes or tensors by name"],
  ["{ weights: { [Symbol.toStringTag]: 'Response' } }", "weights are a Response: await load(weights) reads it, create takes bytes or tensors by name"],
  ["{ weights: { [Symbol.toStringTag]: 'Blob' } }", "weights are a Blob: await load(weights) reads it, create takes bytes or tensors by name"],
  ["{ weights: { [Symbol.toStringTag]: 'URL' } }", "weights are a URL: await load(weights) reads it, create takes bytes or tensors by name"],
  ["{ weights: new Map() }", "weights are a Map: Object.fromEntries(weights) has the tensors by name"],
  ["{ weights: [1, 2] }", "weights are of the kind Array: the bytes of a safetensors file are wanted, or a record of tensors by name"],
  ["{ weights: 7 }", "weights are of the kind Number: the bytes of a safetensors file are wanted, or a record of tensors by name"],
  ["{ weights: files.html }", "weights are an HTML page that begins `<!DOCTYPE html> <html><head><title>App</title></head></html>`; is the path or the URL right? Some servers answer with a page where they have no such file"],
  ["{ weights: files.xml }", 'weights are XML that begins `<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>`; is it the answer of a server that has no such file?'],
  ["{ weights: files.json }", 'weights are JSON that begins `{"message":"Not Found"}`; is it the answer of a server that has no such file?'],
  ["{ weights: files.text }", "weights are a text that begins `404: Not Found`; is the path or the URL right?"],
  ["{ weights: files.lfs }", "weights are a pointer of Git LFS to the file that begins `version https://git-lfs.github.com/spec/v1 oid sha256:4d7a s`; `git lfs pull` fetches the file"],
  ["{ weights: files.gzip }", "weights are a gzip file; unpack it first"],
  ["{ weights: files.torch }", 'weights are a file of torch.save; in Python, safetensors.torch.save_file(torch.load("w.pt"), "w.safetensors") makes weights of a state_dict'],
  ["{ weights: files.npz }", 'weights are an .npz archive of NumPy; in Python, safetensors.numpy.save_file(dict(numpy.load("w.npz")), "w.safetensors") makes weights of it'],
  ["{ weights: files.pickle }", 'weights are a pickle of Python; in Python, safetensors.torch.save_file(torch.load("w.pt"), "w.safetensors") makes weights of a state_dict'],
  ["{ weights: files.npy }", 'weights are an .npy file, whose array has no name; in Python, safetensors.numpy.save_file({"fc.weight": numpy.load("w.npy")}, "w.safetensors") names it'],
  ["{ weights: files.gguf }", "weights are a GGUF file; read it with gguf in Python, and write it with safetensors.numpy.save_file"],
  ["{ weights: files.hdf5 }", "weights are an HDF5 file; read it with h5py in Python, and write it with safetensors.numpy.save_file"],
  ["{ weights: files.empty }", "weights are empty: there is not one byte"],
  ["{ weights: files.headless }", `weights are no safetensors file, or one that is cut off: the header ends at byte ${own.length - 268}, the file at 100`],
  ["{ weights: files.pickled }", "weights are no safetensors file, or one that is cut off: the header ends at byte 648, the file at 13"],
  ["{ weights: files.cut }", `weights take 268 bytes by their header, but the file has 258: it is cut off, or more than a safetensors file`],
  ["{ weights: files.another }", "weights belong to another compile: compile the net again, or take the .safetensors file that was written with this module"],
  ["{ weights: files.wrapped }", 'weights lack 0.weight, 0.bias, 2.weight, 2.bias, and have module.0.bias, module.0.weight, module.2.bias, module.2.weight, which the net does not: each name begins with module.: with --rename "module.*=*" nnc compile writes a file that fits'],
  ["{ weights: files.inner }", "weights lack 2.weight, 2.bias, and have 1.bias, 1.weight, which the net does not"],
  ["{ weights: files.more }", "weights have extra, which the net does not"],
  ["{ weights: files.transposed }", "weights do not fit: 0.weight is F32[4,8], where the net has f32[8,4], its transpose"],
  ["{ weights: files.integers }", "weights do not fit: 0.bias is I64[8], where the net has f32[8]: convert it"],
  ["{ weights: files.lying }", "weights have 12 bytes for 2.bias, which is F64[3]"],
  ["{ weights: { ...named, '0.bias': named['0.bias'].data } }", "weights do not fit: 0.bias must be { shape, data }, not Float32Array"],
  ["{ weights: { ...named, '0.bias': { shape: [8], data: [1, 2] } } }", "weights do not fit: 0.bias has 2 values for its shape [8]"],
  ["{ weights: { ...named, '0.bias': { shape: [8], data: new Int32Array(8) } } }", "weights do not fit: 0.bias is Int32Array[8], where the net has f32[8]: convert it"],
  ["{ weights: { '0.bias': named['0.bias'] } }", "weights lack 0.weight, 2.weight, 2.bias"],
]; // prettier-ignore

/** Runs texts in a realm with what the language defines, and perhaps less. */
function realm(without: readonly string[] = []): (expression: string) => unknown {
  const context: Context = createContext({ files, named: tensors });
  runInContext(`${without.map((name) => `delete globalThis.${name};`).join("")} ${script.code}`, context);
  return (expression) => runInContext(expression, context) as unknown;
}

describe("create", () => {
  const bare = realm(["BigInt64Array", "BigUint64Array"]);
  const said = (run: (expression: string) => unknown, given: string): unknown =>
    run(
      `(() => { try { net.create(${given}); } catch (error) { return error.name + ": " + error.message; } })()`,
    );

  test.each(refused)("%s", (given, message) => {
    expect(said(bare, given)).toBe(`TypeError: ${message}`);
  });

  test("says what the library says of other files", () => {
    for (const name of ["html", "xml", "json", "text", "lfs", "gzip", "torch", "npz", "pickle", "npy", "gguf", "hdf5"]) {
      const message = /^TypeError: weights are (.*)$/s.exec(String(said(bare, `{ weights: files.${name} }`)))?.[1];
      expect(() => loadSafetensors(files[name]!)).toThrow(`it is ${message}`);
    }
  }); // prettier-ignore

  test("takes bytes and records of any realm", () => {
    const wanted = bare("[...net.create({ weights: files.own })([1, 2, 3, 4]).data].join()");
    expect(wanted).toMatch(/^-?\d/);
    const forms = [
      "files.own.slice().buffer",
      "new DataView(files.own.slice().buffer)",
      "(() => { const shared = new SharedArrayBuffer(files.own.length); new Uint8Array(shared).set(files.own); return shared; })()",
      "(() => { const odd = new Uint8Array(files.own.length + 3); odd.set(files.own, 3); return odd.subarray(3); })()",
      "named",
    ];
    for (const form of forms) {
      const given = bare(`[...net.create({ weights: ${form} })([1, 2, 3, 4]).data].join()`);
      expect(given).toBe(wanted);
    }
    expect(bare("net.selfTest({ weights: files.own.slice().buffer })")).toBeLessThan(4);
  });
});

interface Outside {
  readonly create: (options: { weights: unknown }) => Model;
  readonly load: (source?: unknown) => Promise<Model>;
}

async function imported(code: string): Promise<Outside> {
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as Outside;
}

/** The bytes of a file with one tensor per name, of a dtype that says how its bytes are read. */
function fileOf(entries: Readonly<Record<string, readonly [dtype: string, shape: readonly number[], bytes: Uint8Array]>>): Uint8Array {
  let at = 0;
  const header = Object.entries(entries).map(([name, [dtype, shape, bytes]]) => {
    return [name, { dtype, shape, data_offsets: [at, (at += bytes.length)] }] as const;
  });
  const text = ascii(JSON.stringify(Object.fromEntries(header)));
  const parts = Object.values(entries).map(([, , bytes]) => bytes);
  const made = new Uint8Array(8 + text.length + at);
  new DataView(made.buffer).setBigUint64(0, BigInt(text.length), true);
  let to = 8;
  for (const part of [text, ...parts]) {
    made.set(part, to);
    to += part.length;
  }
  return made;
} // prettier-ignore

describe("what create reads of a file is what the library reads", () => {
  const source = `model M {
    input x: f32[1]
    param w: f32[4096] = 0
    buffer i: i32[4] = 0
    buffer b: bool[4] = 0
    output y = x + w, j = i * 1, c = b
  }`;
  const { code } = emit(source, { external: true });
  const noise = (length: number): Uint8Array => Uint8Array.from(uniform(new Generator(3), length, 0, 256));
  const integers = new Uint8Array(BigInt64Array.of(0n, -1n, 2n ** 31n - 1n, -(2n ** 31n)).buffer);
  const rest = { i: ["I64", [4], integers], b: ["BOOL", [4], Uint8Array.of(0, 1, 2, 255)] } as const;

  // Of 16 bits, all values there are.
  test.each([
    ["F16", new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer)],
    ["BF16", new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer)],
    ["F32", noise(4 * 4096)],
    ["F64", noise(8 * 4096)],
    ["F64", new Uint8Array(Float64Array.from({ length: 4096 }, (_, i) => [1, -1][i % 2]! * 2 ** (i / 12 - 170) * (1 + i * 2 ** -25)).buffer)],
  ])("%s", async (dtype, bytes) => {
    const { create } = await imported(code);
    const step = dtype === "F64" ? 8 * 4096 : dtype === "F32" ? 4 * 4096 : 2 * 4096;
    for (let at = 0; at < bytes.length; at += step) {
      const file = fileOf({ ...rest, w: [dtype, [4096], bytes.subarray(at, at + step)] });
      const { parameters } = create({ weights: file });
      const held = loadSafetensors(file);
      expect(parameters["w"]!.data).toEqual(new Float32Array(held["w"]!.data as Float32Array));
      expect([...parameters["i"]!.data]).toEqual([0, -1, 2 ** 31 - 1, -(2 ** 31)]);
      expect([...parameters["b"]!.data]).toEqual([0, 1, 1, 1]);
    }
  }); // prettier-ignore

  test.each([2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n, 2n ** 52n])(
    "of 64 bits, %s is refused",
    async (value) => {
      const { create } = await imported(code);
      const w = ["F32", [4096], new Uint8Array(4 * 4096)] as const;
      const wide = ["I64", [4], new Uint8Array(BigInt64Array.of(1n, value, 2n, 3n).buffer)] as const;
      expect(() => create({ weights: fileOf({ ...rest, w, i: wide }) })).toThrow(
        new TypeError(`weights hold ${value} in i, which is no i32`),
      );
      const record = loadSafetensors(fileOf({ ...rest, w, i: wide }));
      expect(() => create({ weights: record })).toThrow(
        `weights do not fit: i holds ${value}, which is no i32`,
      );
    },
  );
});

describe("load", () => {
  let server: Server;
  let address = "";
  let path = "";
  const wanted = async (): Promise<ArrayLike<number>> => (await imported(emit(net, { external: true, filename: "net.nn" }).code)).create({ weights: own })([1, 2, 3, 4]).data; // prettier-ignore

  beforeAll(async () => {
    path = mkdtempSync(join(tmpdir(), "nnc-"));
    const { code } = emit(net, { external: true, filename: "net.nn" });
    const common = emit(net, { external: true, filename: "net.nn", format: "cjs" });
    writeFileSync(join(path, "net.mjs"), code);
    writeFileSync(join(path, "net.cjs"), common.code);
    writeFileSync(join(path, "net.safetensors"), own);
    server = createServer((request, response) => {
      if (request.url === "/net.safetensors") response.end(own);
      else if (request.url === "/moved") response.writeHead(302, { location: "/net.safetensors" }).end();
      else if (request.url === "/app/deep") response.end(files["html"]);
      else response.writeHead(404).end("no");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
    rmSync(path, { recursive: true, force: true });
  });

  const beside = async (name: string): Promise<Outside> =>
    (await import(/* @vite-ignore */ pathToFileURL(join(path, name)).href)) as Outside;

  test("reads the file beside the module, of either kind", async () => {
    for (const name of ["net.mjs", "net.cjs"]) {
      const { load } = await beside(name);
      expect((await load())([1, 2, 3, 4]).data).toEqual(await wanted());
    }
  });

  test("takes what has the bytes, or will", async () => {
    const { load } = await beside("net.mjs");
    const file = join(path, "net.safetensors");
    const sources = [
      file,
      pathToFileURL(file),
      pathToFileURL(file).href,
      `${address}/net.safetensors`,
      new URL("/moved", address),
      new Request(`${address}/moved`),
      fetch(`${address}/net.safetensors`),
      new Response(own.slice()),
      new Blob([own.slice()]),
      own,
      Promise.resolve(own.slice().buffer),
      tensors,
    ];
    for (const source of sources) expect((await load(source))([1, 2, 3, 4]).data).toEqual(await wanted());
  });

  test("names the place and the reason", async () => {
    const { load } = await beside("net.mjs");
    const refusal = (source: unknown): Promise<string> => load(source).then(() => "", (error: unknown) => String(error)); // prettier-ignore
    for (const source of [`${address}/gone`, fetch(`${address}/gone`)])
      expect(await refusal(source)).toBe(`TypeError: the server answered 404 Not Found for ${address}/gone`);
    expect(await refusal(`${address}/app/deep`)).toMatch(
      `TypeError: ${address}/app/deep: weights are an HTML page that begins \`<!DOCTYPE html> `,
    );
    expect(await refusal(new Response("", { status: 403 }))).toBe("TypeError: the server answered 403 for the weights");
    expect(await refusal("http://127.0.0.1:1/w")).toMatch(/^TypeError: the weights http:\/\/127\.0\.0\.1:1\/w cannot be read: /);
    const none = join(path, "none.safetensors");
    expect(await refusal(none)).toBe(`TypeError: the weights ${none} cannot be read: ENOENT: no such file or directory, open '${none}'`);
    expect(await refusal(null)).toMatch("TypeError: weights are wanted: ");
    expect(await refusal(7)).toMatch("TypeError: weights are of the kind Number: ");
  }); // prettier-ignore

  test("in a bundle for browsers nothing of Node.js is imported, and fetch is asked", async () => {
    writeFileSync(join(path, "page.mjs"), 'import { load } from "./net.mjs"; globalThis.load = load;');
    const { outputFiles, warnings } = await build({ entryPoints: [join(path, "page.mjs")], bundle: true, platform: "browser", format: "esm", write: false }); // prettier-ignore
    expect(warnings).toEqual([]);
    const text = outputFiles[0]!.text;
    expect(text).not.toMatch(/^\s*import\b|require\(/m);
    expect(text).toContain('new URL("./net.safetensors", import.meta.url)');
    const asked: string[] = [];
    const page = {
      fetch: (url: string) => {
        asked.push(url);
        return Promise.resolve({ ok: true, url, arrayBuffer: () => Promise.resolve(own.slice().buffer) });
      },
    };
    const context = createContext(page);
    runInContext(`(() => { ${text.replaceAll("import.meta.url", "undefined")} })()`, context);
    const run = `load("./net.safetensors").then((model) => [...model([1, 2, 3, 4]).data].join())`;
    expect(await runInContext(run, context)).toBe(Array.from(await wanted()).join());
    expect(asked).toEqual(["./net.safetensors"]);
  });

  test("of a classic script: beside it, or in a worker beside that", async () => {
    const places = {
      "document = { currentScript: { src: 'https://a.b/js/net.js' } }": "https://a.b/js/net.safetensors",
      "location = { href: 'https://a.b/worker.js' }": "https://a.b/net.safetensors",
    };
    for (const [place, url] of Object.entries(places)) {
      const context = createContext({ URL });
      const fetching = `globalThis.fetch = (url) => Promise.reject(new Error("asked " + url));`;
      runInContext(`globalThis.${place}; ${script.code} delete globalThis.document; delete globalThis.location; ${fetching}`, context); // prettier-ignore
      await expect(runInContext("net.load()", context)).rejects.toThrow(`the weights ${url} cannot be read: asked ${url}`);
    }
  }); // prettier-ignore
});

test("what a module computes does not tell where its weights are", () => {
  const one = emit(net, { external: true, filename: "net.nn" });
  const more = [
    { weightsUrl: "https://a.b/w.safetensors" },
    { format: "cjs", weightsUrl: "../w%20x.safetensors" },
    { format: "iife", globalName: "other" },
  ] as const;
  for (const options of more) {
    const other = emit(net, { external: true, filename: "net.nn", ...options });
    expect(other.weights).toEqual(one.weights);
    expect(other.code).not.toBe(one.code);
  }
  const [url, path] = more.map((options) => emit(net, { external: true, ...options }).code);
  expect(url).toContain('new URL("https://a.b/w.safetensors", import.meta.url)');
  expect(path).toContain('__dirname + "/" : "") + "../w x.safetensors"');
  expect(emit(net, { external: true, filename: "a/my net.nn" }).code).toContain('"./my%20net.safetensors"');
});

describe("a module with weights inside", () => {
  const { code } = emit(net, { format: "iife", filename: "net.nn" });
  const context = createContext({ files, named: tensors });
  runInContext(code, context);
  const bytes = "weights are inside: see nnc compile --external";
  test.each([
    ["files.own", bytes],
    ["files.own.buffer", bytes],
    ["Promise.resolve(files.own)", "weights lack 0.weight in [object Promise] []"],
    ["null", "weights lack 0.weight in [object Null] []"],
    ["'w'", "weights lack 0.weight in [object String] [0]"],
    ["[named]", "weights lack 0.weight in [object Array] [0]"],
    [
      "{ 'module.0.weight': named['0.weight'] }",
      "weights lack 0.weight in [object Object] [module.0.weight]",
    ],
    ["{ ...named, extra: 1 }", "weights have the unknown extra"],
  ])("says what it was given: %s", (given, message) => {
    const text = `(() => { try { net.create({ weights: ${given} }); } catch (error) { return error.message; } })()`;
    expect(runInContext(text, context)).toBe(message);
  });
});
