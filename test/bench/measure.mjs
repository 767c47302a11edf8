// How times are taken: warm first, then in rounds in which every runner has its turn, then medians.

/**
 * Something to time. `enter` is called before each turn and is not timed.
 * @typedef {{ run: () => void | Promise<unknown>, enter?: () => Promise<unknown> }} Runner
 * @typedef {{ warmMs: number, compileWarmMs: number, turnMs: number, rounds: number, limitMs: number }} Effort
 */

/**
 * Milliseconds a call: the median over rounds, and the quartiles, between which half of the rounds lie.
 * @typedef {{ median: number, lower: number, upper: number, best: number, rounds: number }} Times
 */

// The compiler is much code: V8 takes seconds to optimise all of it, where a kernel takes milliseconds.
/** @type {Effort} */
export const thorough = { warmMs: 300, compileWarmMs: 4000, turnMs: 30, rounds: 15, limitMs: 5_000 };
/** @type {Effort} */
export const quick = { warmMs: 20, compileWarmMs: 300, turnMs: 3, rounds: 3, limitMs: 3_000 };

/** The value below which a fraction of the values lies, between two of them where it must. @param {readonly number[]} values @param {number} fraction */
export function quantile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** @param {readonly number[]} values @returns {Times} */
export function summary(values) {
  return {
    median: median(values),
    lower: quantile(values, 0.25),
    upper: quantile(values, 0.75),
    best: Math.min(...values),
    rounds: values.length,
  };
}

/**
 * How many times as fast as `other` something is: the median over rounds of the ratio within a round, in which both ran
 * one after the other, so that what slows a round down slows both.
 * @param {readonly number[]} own @param {readonly number[]} other
 */
export function ratio(own, other) {
  return median(own.map((ms, round) => other[round] / ms));
}

/**
 * Times of each runner, round by round. They take turns, so that whatever else the machine does meanwhile falls on all
 * of them, and a turn holds as many calls as make it long against the clock's grain.
 * @param {readonly Runner[]} runners
 * @param {Effort} effort
 * @returns {Promise<number[][]>}
 */
export async function alternate(runners, effort) {
  const lanes = [];
  for (const runner of runners) lanes.push(await warm(runner, effort));
  const start = performance.now();
  for (let round = 0; round < effort.rounds; round++) {
    for (const { runner, turn, calls, times } of lanes) {
      await runner.enter?.();
      // Nobody pays for the garbage of another; Node.js has `gc` with --expose-gc.
      globalThis.gc?.();
      // The first call finds the caches as the last runner left them.
      await runner.run();
      times.push((await turn(runner.run, calls)) / calls);
    }
    // A slow peer takes rounds from all, never below three: medians of unlike rounds would not compare.
    if (round >= 2 && performance.now() - start > effort.limitMs) break;
  }
  return lanes.map(({ times }) => times);
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
