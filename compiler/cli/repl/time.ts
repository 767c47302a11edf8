/** Measures how long a net runs: the median of many runs. */
import { Failure } from "../io.ts";
import { quantity } from "./show.ts";
import type { Ran, Subject } from "./session-state.ts";

const WARM_MS = 100;
const MEASURE_MS = 400;
/** A sample lasts longer than the resolution of the clock. */
const SAMPLE_MS = 0.2;

export function measured({ ran, text }: Subject): string {
  if (!ran) throw new Failure(`${text} is a layer: let a tensor flow into it`);
  // The existing outputs may be tensors of the session, so the runs write to others.
  const outputs = Object.entries(ran.outputs).map(
    ([name, one]) => [name, { ...one, data: one.data.slice() }] as const,
  );
  const own = { ...ran, outputs: Object.fromEntries(outputs) };
  const warm = repeat(own, WARM_MS, 1);
  const batch = Math.max(1, Math.ceil((SAMPLE_MS * warm.runs) / WARM_MS));
  const { samples, runs } = repeat(own, MEASURE_MS, batch);
  samples.sort((a, b) => a - b);
  return `${timeText(samples[samples.length >> 1]!)}, the median of ${quantity(runs, "run")}`;
}

/** Milliseconds per run, one value for each batch of runs, until the time is over. */
function repeat(
  { model, inputs, outputs }: Ran,
  milliseconds: number,
  batch: number,
): { samples: number[]; runs: number } {
  const samples: number[] = [];
  let now = performance.now();
  const end = now + milliseconds;
  do {
    const start = now;
    for (let i = 0; i < batch; i++) model.run(inputs, outputs);
    now = performance.now();
    samples.push((now - start) / batch);
  } while (now < end);
  return { samples, runs: samples.length * batch };
}

function timeText(milliseconds: number): string {
  const [value, unit] =
    milliseconds < 1e-3
      ? [milliseconds * 1e6, "ns"]
      : milliseconds < 1
        ? [milliseconds * 1e3, "µs"]
        : milliseconds < 1e3
          ? [milliseconds, "ms"]
          : [milliseconds / 1e3, "s"];
  return `${value.toPrecision(3)} ${unit}`;
}
