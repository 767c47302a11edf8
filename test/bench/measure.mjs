// How times are taken: warm first, then in rounds in which every runner has its turn, then medians.

/**
 * Something to time. `enter` is called before each turn and is not timed.
 * @typedef {{ name: string, run: () => void | Promise<unknown>, enter?: () => Promise<unknown> }} Runner
 * @typedef {{ median: number, best: number }} Times milliseconds a call
 * @typedef {{ warmMs: number, compileWarmMs: number, turnMs: number, rounds: number, limitMs: number }} Effort
 */

// The compiler is much code: V8 takes seconds to optimise all of it, where a kernel takes milliseconds.
/** @type {Effort} */
export const thorough = { warmMs: 300, compileWarmMs: 4000, turnMs: 25, rounds: 21, limitMs: 30_000 };
/** @type {Effort} */
export const quick = { warmMs: 20, compileWarmMs: 300, turnMs: 3, rounds: 3, limitMs: 3_000 };

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Times of each runner. They take turns, so that whatever else the machine does meanwhile falls on all of them,
 * and a turn holds as many calls as make it long against the clock's grain.
 * @param {readonly Runner[]} runners
 * @param {Effort} effort
 * @returns {Promise<Times[]>}
 */
export async function alternate(runners, effort) {
  const lanes = [];
  for (const runner of runners) lanes.push(await warm(runner, effort));
  const start = performance.now();
  for (let round = 0; round < effort.rounds; round++) {
    for (const lane of lanes) {
      await lane.runner.enter?.();
      lane.times.push((await lane.turn(lane.runner.run, lane.calls)) / lane.calls);
    }
    // A slow peer takes rounds from all, never below three: medians of unlike rounds would not compare.
    if (round >= 2 && performance.now() - start > effort.limitMs) break;
  }
  return lanes.map(({ times }) => ({ median: median(times), best: Math.min(...times) }));
}

/**
 * @param {Runner} runner
 * @param {Effort} effort
 */
async function warm(runner, { warmMs, turnMs }) {
  await runner.enter?.();
  const first = runner.run();
  // Awaiting what is no promise would charge the synchronous ones for a turn of the event loop.
  const turn = first instanceof Promise ? turnAsync : turnSync;
  await first;
  let calls = 1;
  let total = 0;
  let ms = 0;
  while (total < warmMs) {
    ms = await turn(runner.run, calls);
    total += ms;
    if (ms < turnMs) calls *= 2;
  }
  calls = Math.max(1, Math.round((calls * turnMs) / Math.max(ms, turnMs)));
  return { runner, turn, calls, times: /** @type {number[]} */ ([]) };
}

/** @param {() => unknown} run @param {number} calls */
function turnSync(run, calls) {
  const start = performance.now();
  for (let call = 0; call < calls; call++) run();
  return performance.now() - start;
}

/** @param {() => unknown} run @param {number} calls */
async function turnAsync(run, calls) {
  const start = performance.now();
  for (let call = 0; call < calls; call++) await run();
  return performance.now() - start;
}
