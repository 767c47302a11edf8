/**
 * Turns a store of `c ? 0 : v` into a store of `v` and a mask on its bits, which needs no branch that a target without
 * blends would mispredict. The results are equal: a comparison with NaN is false, so a NaN is kept, and the zero is
 * positive.
 */
import { bytesPerElement, isFloat, type Dtype } from "../ir/dtype.ts";
import type { Kernel, Plan, Statement } from "../ir/plan/plan.ts";
import { mapKernels } from "./map-kernels.ts";
import type { Pass } from "./pass.ts";

export const mask: Pass<Plan, Plan> = {
  name: "mask",
  order: [{ before: "hoist", because: "a conditional that has a name is no longer the value of its store" }],
  run: (plan, { target }) => (target.choice === "table" ? mapKernels(plan, maskStores) : plan),
};

function maskStores(kernel: Kernel): Kernel {
  // A mask consists of words of 32 bits.
  const isMasked = (dtype: Dtype): boolean => isFloat(dtype) && bytesPerElement(dtype) % 4 === 0;
  const floats = new Set(kernel.buffers.filter(({ dtype }) => isMasked(dtype)).map((buffer) => buffer.name));
  const visit = (statement: Statement): Statement => {
    if (statement.kind === "loop") return { ...statement, body: statement.body.map(visit) };
    if (statement.kind !== "store" || !floats.has(statement.buffer) || statement.value.kind !== "map")
      return statement;
    const { map, operands } = statement.value;
    const [condition, zero, value] = operands;
    const isZero = zero?.kind === "number" && Object.is(zero.value, 0);
    if (map !== "select" || !isZero) return statement;
    return { ...statement, value: value!, zeroWhere: condition! };
  };
  return { ...kernel, body: kernel.body.map(visit) };
}
