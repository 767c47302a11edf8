// A process that loads a module which nnc emitted, runs it once, and says when it had the result.
import { pathToFileURL } from "node:url";
import { readJob, tell } from "./child.mjs";

const { x, shape } = readJob();
const from = performance.now();
const module = await import(pathToFileURL(process.argv[2]).href);
// Many weights are in a file of their own.
const model = module.default ?? (await module.load());
tell(model({ dtype: "f32", shape, data: x }).data, from);
