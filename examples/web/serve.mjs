// Compiles the nets and serves the pages: `node examples/web/serve.mjs [port: 8080]`.
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** Scripts, styles, pictures and data from here, and nothing else: no inline script, no code from text. */
const POLICY = [
  "default-src 'none'",
  ...["script", "style", "img", "connect"].map((kind) => `${kind}-src 'self'`),
  ...["base-uri", "form-action", "frame-ancestors"].map((kind) => `${kind} 'none'`),
].join("; ");
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const examples = fileURLToPath(new URL("..", import.meta.url));
compile("digits/convnet.nn", "web/dist/convnet.js");
compile("audio/amp.nn", "audio/dist/amp.js");
serve(Number(process.argv[2] ?? 8080));

function compile(net, module) {
  const nnc = fileURLToPath(new URL("../../dist/compiler/cli/main.js", import.meta.url));
  const { status } = spawnSync(process.execPath, [nnc, "compile", net, "-o", module], { cwd: examples, stdio: "inherit" }); // prettier-ignore
  if (status !== 0) process.exit(1);
}

function serve(port) {
  const server = createServer((request, response) => {
    void answer(request.url).then(([status, headers, body]) => response.writeHead(status, headers).end(body));
  });
  server.on("error", ({ message }) => {
    console.error(message);
    process.exitCode = 1;
  });
  server.listen(port, "localhost", () => {
    const { port } = server.address();
    console.log(`http://localhost:${port}/web/\nhttp://localhost:${port}/audio/`);
  });
}

/** Files below examples/, which the page takes the held-out digits from. */
async function answer(url) {
  try {
    // Absolute and normal, so never above the folder it is joined to.
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    const file = /[/\\]$/.test(path) ? `${path}index.html` : path;
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    const headers = { "content-type": type, "content-security-policy": POLICY };
    return [200, headers, await readFile(join(examples, file))];
  } catch {
    return [404, {}, "not found"];
  }
}
