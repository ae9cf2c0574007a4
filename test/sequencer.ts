import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Runs files in the order of their paths: end-to-end stories are numbered, and unit tests share a process. Integration tests
 * begin with the largest files, and where they have run before with the longest, so that none of these is left alone at the end.
 */
export class StageOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isIntegration = ({ project }: TestSpecification) => project.name === "integration";
    const inOrder = files.filter((file) => !isIntegration(file)).sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
    return [...inOrder, ...(await super.sort(files.filter(isIntegration)))];
  }
}
