import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from "vitest/node";
import type { TestReport } from "./tally.ts";

/** Environment variable that names the file to which the report goes. */
export const reportFileVariable = "EDGE_TEST_REPORT";

/**
 * Vitest reporter that writes one {@link TestReport}: besides what each test said, the errors that belong to no test (a
 * file that does not load, a failed hook, an unhandled rejection), each with the file in which it arose.
 */
export default class ReportToFile implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[reportFileVariable];
    if (file === undefined) return;
    writeFileSync(file, JSON.stringify(reportOf(modules, unhandled)));
  }
}

function reportOf(modules: readonly TestModule[], unhandled: readonly SerializedError[]): TestReport {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const suites = modules.flatMap((module): (TestModule | TestSuite)[] => [module, ...module.children.allSuites()]);
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped") + count("pending"),
    failures: [
      ...tests.filter((test) => test.result().state === "failed").map(failedTest),
      ...suites.flatMap((suite) => suite.errors().map((error) => `${place(suite)}: ${text(error)}`)),
      ...unhandled.map((error) => `unhandled ${text(error)}`),
    ],
  };
}

const failedTest = (test: TestCase) =>
  `${test.module.relativeModuleId} > ${test.fullName}: ${(test.result().errors ?? []).map(text).join("; ")}`;

const place = (suite: TestModule | TestSuite) =>
  suite.type === "module" ? suite.relativeModuleId : `${suite.module.relativeModuleId} > ${suite.fullName}`;

interface Failure {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: Failure | undefined;
}

/** Message and the first frames, of its causes too: a stack says where an error that belongs to no test came from. */
function text({ message, stack = "", cause }: Failure): string {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const lines = [message, ...frames.slice(0, 4)];
  return [...lines, ...(cause === undefined ? [] : [`caused by: ${text(cause)}`])].join("\n");
}
