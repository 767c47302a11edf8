// What each map costs where kernels are JavaScript, beside what the target's record says it costs.
import { helperTexts } from "../../dist/compiler/emit/js/helpers.js";
import { maps } from "../../dist/compiler/ir/graph/primitives.js";
import { js } from "../../dist/compiler/target/js.js";
import { alternate, summary } from "./measure.mjs";
import { digits } from "./report.mjs";

/** @typedef {import("./measure.mjs").Effort} Effort @typedef {import("./report.mjs").Report} Report */

/** Enough that a branch on the values is not learnt, and few enough for the second cache. */
const COUNT = 2 ** 15;
/** So many multiplications in a row are one map: one alone hides behind the load and the store. */
const PRODUCTS = 8;

/** The time of a pass over random numbers with a map in it, less that of a copy. @param {Effort} effort @param {Report} report */
export async function mapTimes(effort, report) {
  const names = /** @type {(keyof typeof maps)[]} */ (Object.keys(maps));
  const product = Array.from({ length: PRODUCTS }, () => " * b").join("");
  const bodies = ["a", `a${product}`, ...names.map(bodyOf)];
  const [copy, products, ...times] = await alternate(
    await Promise.all(bodies.map((body, i) => runner(body, i < 2 ? undefined : maps[names[i - 2]].helper))),
    effort,
  );
  const base = summary(copy).median;
  const multiplication = (summary(products).median - base) / PRODUCTS;
  const results = names.map((name, i) => ({
    name,
    nanoseconds: ((summary(times[i]).median - base) * 1e6) / COUNT,
    multiplications: (summary(times[i]).median - base) / multiplication,
    cost: js.costs[name],
  }));
  report.table([
    ["map", "ns an element", "in multiplications", "cost"],
    ...results.map(({ name, nanoseconds, multiplications, cost }) => [
      name,
      digits(nanoseconds),
      digits(multiplications),
      String(cost),
    ]),
  ]);
  return results;
}

/** The operands of functions that are not there for all numbers. @type {Readonly<Record<string, string>>} */
const within = {
  asin: "a / (1 + Math.abs(a))",
  acos: "a / (1 + Math.abs(a))",
  atanh: "a / (1 + Math.abs(a))",
  acosh: "1 + Math.abs(a)",
};

/** The text of a map on the values a and b. Powers and logarithms get positive ones, as other functions get what they are there for; a choice is between a and b. @param {keyof typeof maps} name */
function bodyOf(name) {
  const { arity } = maps[name];
  const positive = ["log", "log1p", "log2", "log10", "pow", "sqrt"].includes(name);
  const operands =
    name === "select"
      ? ["a < b", "a", "b"]
      : [positive ? "Math.abs(a)" : (within[name] ?? "a"), "b"].slice(0, arity);
  const integer = name === "ipow" || maps[name].of === "i32";
  const texts = operands.map((text) => ({
    text: integer ? `(${text} * 9 | 0)` : text,
    precedence: text.length > 1 ? 0 : 20,
  }));
  return `+(${maps[name].js(texts, integer).text})`;
}

/** @param {string} body @param {string | undefined} helper */
async function runner(body, helper) {
  const code = `${helperTexts(helper === undefined ? [] : [helper]).join("\n")}
    export function kernel(x, z, y) {
      for (let i = 0; i < ${COUNT}; i++) {
        const a = x[i], b = z[i];
        y[i] = ${body};
      }
    }`;
  const { kernel } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const random = () =>
    Float32Array.from(
      { length: COUNT },
      () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
    );
  const [x, z, y] = [random(), random(), new Float32Array(COUNT)];
  return { run: () => kernel(x, z, y) };
}
