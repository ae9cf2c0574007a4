import { describe, expect, it } from "vitest";
import { auditPolicy } from "./audit-policy.ts";

interface Request {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly path?: string;
}

interface Rule {
  readonly level: string;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** As the API server does it: the first rule that matches decides. */
function levelOf({ user, groups = [], path = "/api/v1/pods" }: Request): string | undefined {
  const matches = (rule: Rule) =>
    (rule.users?.includes(user) ?? true) &&
    (rule.userGroups?.some((group) => groups.includes(group)) ?? true) &&
    (rule.nonResourceURLs?.some((pattern) => path.startsWith(pattern.replace("*", ""))) ?? true);
  return auditPolicy.rules.find(matches)?.level;
}

describe("the audit policy", () => {
  it.each([
    { user: "system:serviceaccount:factory:iotedged", groups: ["system:serviceaccounts:factory"] },
    { user: "admin", groups: ["system:masters"] },
    { user: "system:anonymous", groups: ["system:unauthenticated"] },
  ])("records what $user does, without bodies", (request) => {
    expect(levelOf(request)).toBe("Metadata");
  });

  it.each([
    { user: "system:node:edge-node", groups: ["system:nodes"] },
    { user: "system:apiserver", groups: ["system:masters"] },
    { user: "system:kube-scheduler" },
    { user: "system:serviceaccount:kube-system:job-controller", groups: ["system:serviceaccounts:kube-system"] },
    { user: "admin", path: "/readyz" },
  ])("leaves out $user $path", (request) => {
    expect(levelOf(request)).toBe("None");
  });
});
