/** The divisions by which inner loops find places in memory. */
import { sizesOfStatement, walk, type Loop, type Plan } from "../../compiler/ir/plan/plan.ts";
import { monomials, type Size } from "../../compiler/ir/size/size.ts";

/** The quotients and remainders in loops that have no loop inside, as they are printed. */
export function divisionsInLoops({ prepare, run }: Plan): string[] {
  const bodies = [...prepare, ...run].flatMap(({ kernel }) =>
    innerLoops(kernel.body).map(({ body }) => body),
  );
  return [...new Set(bodies.flat().flatMap(sizesOfStatement).flatMap(divisionsIn))];
}

function innerLoops(body: Loop["body"]): Loop[] {
  const loops = [...walk(body)].filter((statement) => statement.kind === "loop");
  return loops.filter((loop) => loop.body.every(({ kind }) => kind !== "loop"));
}

function divisionsIn(size: Size): string[] {
  return monomials(size).flatMap(({ atoms }) =>
    atoms.flatMap((atom) => {
      if (atom.kind === "symbol") return [];
      const own = atom.kind === "floordiv" || atom.kind === "mod" ? [atom.key] : [];
      return [...own, ...divisionsIn(atom.left), ...divisionsIn(atom.right)];
    }),
  );
}
