// A process that computes nothing: what Node.js itself takes.
import { readJob, tell } from "./child.mjs";

readJob();
tell([], performance.now());
