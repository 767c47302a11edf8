/** Random nets with each layer. What the kernels of each compute is what the interpreter computes, too. */
import { manyOf } from "../everyday.ts";
import { describeNets } from "./nets-suite.ts";

for (const mode of ["eval", "train"] as const)
  describeNets(mode, "wasm", manyOf({ everyday: 100, thorough: 500 }));
