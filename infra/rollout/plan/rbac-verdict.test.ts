import { describe, expect, it } from "vitest";
import { RbacJudge } from "./rbac-verdict.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";

function objects(namespace: string, resources: readonly string[]) {
  return [
    {
      apiVersion,
      kind: "Role",
      metadata: { name: "reader", namespace },
      rules: [{ apiGroups: [""], resources, verbs: ["get", "list"] }],
    },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata: { name: "reader", namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace }],
    },
  ];
}

const judge = (namespace: string, judgeOf = new RbacJudge()) =>
  judgeOf.judge({ before: objects(namespace, ["pods"]), after: objects(namespace, ["pods", "secrets"]) });

describe("RbacJudge", () => {
  it("judges the same change in another namespace the same, with and without having seen it", () => {
    const shared = new RbacJudge();
    for (const namespace of ["edge-a", "edge-b", "reader"]) expect(judge(namespace, shared)).toEqual(judge(namespace));
  });

  it("does not take a namespace of the cluster itself for any other", () => {
    const shared = new RbacJudge();
    judge("edge-a", shared);
    for (const namespace of ["kube-system", "default"]) expect(judge(namespace, shared)).toEqual(judge(namespace));
  });

  it("sees no change where only the order differs", () => {
    const before = objects("edge-a", ["pods"]);
    expect(new RbacJudge().judge({ before, after: before.toReversed() }).outcome).toBe("nothing");
  });
});
