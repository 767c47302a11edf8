import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**"],
    // For what hangs: nothing is judged by its time, and a busy machine may take twenty times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Of two cores vitest would leave one idle.
    maxWorkers: "100%",
    // A worker loads the compiler once for all its files, and runs code that is warm: a third of the time.
    isolate: false,
    // Compiling leaves little that lives: collecting it less often is a twentieth of the time.
    execArgv: ["--max-semi-space-size=64"],
  },
});
