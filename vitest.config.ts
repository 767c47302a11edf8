import { defineConfig } from "vitest/config";

/**
 * What takes long: numbers of PyTorch and of public corpora, whole nets, random nets, commands and sessions, programs of their
 * own, browsers, and texts of great length. `npm run quick` leaves these out, `npm test` runs all.
 */
const slow = [
  "test/{any-name,architecture,bytecode,calls,digits,examples,halves,init,limits,modules,names,nets}.test.ts",
  "test/{once,outside,package,readme,regexps,run,self-test,size,sizes,total,weights}.test.ts",
  "test/emit/random-kernels.test.ts",
  "test/{cli,differential,growth,repl,web}/**/*.test.ts",
  "test/grammar/{format,hostile,page,roundtrip,slips}.test.ts",
  "test/{resolve,runtime}/{format,fuzz,hostile,nets}.test.ts",
  "test/inspect/{all,cost,explain}.test.ts",
  "test/layers/{accuracy,corpora,samples,torch,unbatched}.test.ts",
  "test/passes/{order,printed,properties}.test.ts",
  "test/weights/names.test.ts",
];

/** Tests of long lists, of which `npm test` takes a part of the cases, and `npm run thorough` all: see test/everyday.ts. */
const sampled = [
  "test/any-name.test.ts",
  "test/differential/{convolutions,graphs,layers,nets-*,wasm,wasm-sizes}.test.ts",
  "test/layers/torch.test.ts",
];

export default defineConfig(({ mode }) => ({
  test: {
    env: { THOROUGH: mode === "thorough" ? "1" : "" },
    // For what hangs: nothing is judged by its time, and a busy machine may take twenty times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Of two cores vitest would leave one idle.
    maxWorkers: "100%",
    // A worker loads the compiler once for all its files, and runs code that is warm: a third of the time.
    isolate: false,
    // Transformed files are kept on disk, which saves a fifth of the time of `npm run quick`.
    experimental: { fsModuleCache: true },
    // Compiling leaves little that lives: collecting it less often is a twentieth of the time.
    execArgv: ["--max-semi-space-size=64"],
    projects:
      mode === "thorough"
        ? [{ extends: true, test: { name: "thorough", include: sampled } }]
        : [
            {
              extends: true,
              test: { name: "quick", include: ["test/**/*.test.ts"], exclude: ["test/bench/**", ...slow] },
            },
            { extends: true, test: { name: "slow", include: slow } },
          ],
  },
}));
