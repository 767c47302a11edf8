// A process that loads a module which nnc emitted, runs it once, and says when it had the result.
import { pathToFileURL } from "node:url";
import { readJob, tell } from "./child.mjs";

const [path] = process.argv.slice(2);
const { default: model } = await import(pathToFileURL(path).href);
const { x, shape } = readJob();
tell(model({ dtype: "f32", shape, data: x }).data);
