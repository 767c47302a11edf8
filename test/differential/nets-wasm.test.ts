/** Two random nets with each layer. What the kernels of each compute is what the interpreter computes, too. */
import { describeNets } from "./nets-suite.ts";

for (const mode of ["eval", "train"] as const) describeNets(mode, "wasm", 500);
