import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Runs test files in the order of their paths: end-to-end stories are numbered. */
export class PathOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}
