import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**"],
    testTimeout: 60_000,
    // Of two cores vitest would leave one idle.
    maxWorkers: "100%",
  },
});
