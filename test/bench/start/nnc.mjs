// A process that loads a module which nnc emitted, runs it once, and says when it had the result.
import { pathToFileURL } from "node:url";
import { readJob, tell } from "./child.mjs";

const { x, shape } = readJob();
const from = performance.now();
const { default: model } = await import(pathToFileURL(process.argv[2]).href);
tell(model({ dtype: "f32", shape, data: x }).data, from);
