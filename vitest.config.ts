import { defineConfig } from "vitest/config";

const node = { environment: "node", pool: "forks" } as const;

export default defineConfig({
  test: {
    projects: [
      { test: { ...node, name: "unit", include: ["{contract,infra,runtime,docs}/**/*.test.ts"] } },
      {
        test: {
          ...node,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/integration/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...node,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 3_000_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
