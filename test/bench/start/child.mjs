// What all the processes share: their data comes from a file, their result goes to standard output.
import { readFileSync } from "node:fs";

export function readJob() {
  const job = JSON.parse(readFileSync(process.argv[3], "utf8"));
  return { ...job, x: Float32Array.from(job.x) };
}

/**
 * The values, the moment on the clock that the parent reads too, and the milliseconds since `from`, where the import began.
 * @param {ArrayLike<number>} values @param {number} from
 */
export function tell(values, from) {
  const now = performance.now();
  console.log(
    JSON.stringify({ at: performance.timeOrigin + now, ms: now - from, values: Array.from(values) }),
  );
  // Runtimes leave threads behind; their end is not what is measured.
  process.exit(0);
}
