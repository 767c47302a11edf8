// The same by LiteRT.js, from a file as its users have it.
import { readFileSync } from "node:fs";
import { loadLiteRt } from "../peers/litert.mjs";
import { readJob, tell } from "./child.mjs";

const { x, shape } = readJob();
const from = performance.now();
const { Tensor, loadAndCompile } = await loadLiteRt();
const model = await loadAndCompile(readFileSync(process.argv[2]), { accelerator: "wasm" });
const [y] = await model.run(new Tensor(x, shape));
tell(y.toTypedArray(), from);
