/** Which case of `test/passes` notices first that something was switched off: prints its name. Those of the pass come first. */
import { fileURLToPath } from "node:url";
import { casesIn, made } from "../passes/cases.ts";
import { fails } from "./fails.ts";

const [pass] = process.argv.slice(2);
const cases = casesIn(fileURLToPath(new URL("passes/", import.meta.url)));
const own = cases.filter((one) => one.pass === pass);
const others = cases.filter((one) => one.pass !== pass);
const first = [...own, ...others].find((one) => fails(() => made(one) === one.text));
console.log(first ? `passes/${first.pass}/${first.name}` : "");
