/** The thread that draws the progress line, four times a second. */
import { workerData } from "node:worker_threads";
import { ProgressLine } from "./progress.ts";

const line = new ProgressLine(workerData as SharedArrayBuffer);
setInterval(() => line.draw(), 250);
