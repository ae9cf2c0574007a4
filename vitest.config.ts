import { configDefaults, defineConfig } from "vitest/config";
import { StageOrder } from "./test/sequencer.ts";

const common = { environment: "node", pool: "forks" } as const;
const minute = 60_000;
/** `npm run test:all` has what would make `npm test` too long. */
const long = process.env.EDGE_TESTS === "all" ? [] : ["**/*.long.test.ts"];

export default defineConfig({
  test: {
    sequence: { sequencer: StageOrder },
    exclude: [...configDefaults.exclude, ...long],
    projects: [
      {
        extends: true,
        test: {
          ...common,
          name: "unit",
          include: [
            "{infra,runtime,docs}/**/*.test.ts",
            "test/*.test.ts",
            "test/{architecture,support}/*.test.ts",
            "test/iot-hub/**/*.test.ts",
          ],
          // A limit against hanging alone: property tests take their time on a machine that does other work besides.
          testTimeout: 3 * minute,
          hookTimeout: 3 * minute,
          // Those that talk to a program or a fake hub mostly wait.
          maxWorkers: 4,
          // Loading modules anew for each file takes a third of the stage. So no test may replace a module (`vi.mock`):
          // what a unit needs is injected.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          ...common,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/integration/setup.ts"],
          testTimeout: 2 * minute,
          hookTimeout: 2 * minute,
          // They mostly wait, each in a namespace of its own, or for a control plane of its own.
          maxWorkers: 4,
        },
      },
      {
        extends: true,
        test: {
          ...common,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/setup.ts"],
          testTimeout: 5 * minute,
          hookTimeout: 5 * minute,
          fileParallelism: false,
        },
      },
    ],
  },
});
