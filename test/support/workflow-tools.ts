import { ensureGoTools } from "./go-tools.ts";

const modules = [
  { name: "act", title: "act", packages: ["github.com/nektos/act"] },
  { name: "actionlint", title: "actionlint", packages: ["github.com/rhysd/actionlint/cmd/actionlint"] },
];

/**
 * Compiles act, which runs workflows of GitHub on this machine, and actionlint: about 2 minutes once.
 *
 * @returns the folder of the two programs
 */
export function ensureWorkflowTools(progress: (line: string) => void): Promise<string> {
  return ensureGoTools("workflow-tools", modules, progress);
}
