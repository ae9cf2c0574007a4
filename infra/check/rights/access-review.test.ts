import { describe, expect, test } from "vitest";
import {
  createReview,
  describeAccess,
  escalations,
  forbiddenEscalations,
  lockAccess,
  missingAccess,
  neededAccess,
} from "./access-review.ts";

const role = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "r", namespace: "n" },
  rules: [{ apiGroups: ["", "apps"], resources: ["pods"], verbs: ["get", "list"] }],
};
const binding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: "b", namespace: "n" },
  roleRef: { kind: "ClusterRole", name: "strange" },
};

describe("what is needed", () => {
  test("each kind of request once, the record's included", () => {
    const needed = neededAccess(
      [role, role],
      ({ kind }) => `${kind.toLowerCase()}s`,
      "default",
      lockAccess("default"),
    ).map(describeAccess);
    expect(needed).toHaveLength(13);
    expect(needed).toContain("create roles.rbac.authorization.k8s.io in n");
    expect(needed).toContain("patch configmaps in default");
  });

  test("a role hands out its rules; a binding whose role is not known can only be lifted", () => {
    const [first, second] = escalations([role, binding], () => undefined);
    expect(first?.grants?.map(describeAccess)).toEqual([
      "get pods in n",
      "get pods.apps in n",
      "list pods in n",
      "list pods.apps in n",
    ]);
    expect(second).toMatchObject({ grants: undefined, lifts: { verb: "bind", name: "strange" } });
  });

  test("asks each question once, and takes everything but a clear yes for a no", async () => {
    const asked: string[] = [];
    const review = createReview(async ({ body }) => {
      const { verb, resource } = (body as { spec: { resourceAttributes: { verb: string; resource: string } } }).spec
        .resourceAttributes;
      asked.push(`${verb} ${resource}`);
      if (verb === "list") return { status: 500, body: {} };
      return { status: 201, body: { status: { allowed: verb === "get" } } };
    });
    const needed = ["get", "get", "list", "patch"].map((verb) => ({ verb, group: "", resource: "pods" }));
    expect(await missingAccess(review, needed)).toEqual(["list pods", "patch pods"]);
    expect(asked).toEqual(["get pods", "list pods", "patch pods"]);
    const found = await forbiddenEscalations(
      review,
      escalations([role, binding], () => undefined),
    );
    expect(found).toContain("Role n/r: list pods in n");
    expect(found).toContain('RoleBinding n/b: bind clusterroles.rbac.authorization.k8s.io "strange" in n');
  });
});
