import type { V1TokenReviewStatus } from "@kubernetes/client-node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reviewedUser } from "./reviewed-user.ts";

const expected = { audience: "iotedge:edge-a/a", namespace: "edge-a" };
const extra = {
  "authentication.kubernetes.io/pod-name": ["sensor-1"],
  "authentication.kubernetes.io/pod-uid": ["pod-uid"],
};
const good: V1TokenReviewStatus = {
  authenticated: true,
  audiences: [expected.audience],
  user: { username: "system:serviceaccount:edge-a:sensor", uid: "sa-uid", extra },
};
const judge = (change: Partial<V1TokenReviewStatus>) => reviewedUser({ ...good, ...change }, expected);
const user = (change: object) => judge({ user: { ...good.user, ...change } });

describe("reviewedUser", () => {
  it("accepts a pod of a ServiceAccount of the own namespace", () => {
    expect(judge({})).toEqual({
      serviceAccount: "sensor",
      serviceAccountUid: "sa-uid",
      podName: "sensor-1",
      podUid: "pod-uid",
    });
  });

  it("accepts a ServiceAccount's name with dots", () => {
    expect(user({ username: "system:serviceaccount:edge-a:a.b" })).toMatchObject({ serviceAccount: "a.b" });
  });

  it("refuses what the API server does not vouch for", () => {
    expect(judge({ authenticated: false })).toEqual({ reason: "token-refused" });
    expect(judge({ error: "lookup failed" })).toEqual({ reason: "token-refused" });
    expect(reviewedUser({}, expected)).toEqual({ reason: "token-refused" });
  });

  it.each([[undefined], [[]], [["iotedge:edge-b/b"]], [["https://kubernetes.default.svc"]]])(
    "refuses audiences %j",
    (audiences) => {
      expect(judge({ audiences } as Partial<V1TokenReviewStatus>)).toMatchObject({ reason: "token-audience" });
    },
  );

  it.each([
    "system:serviceaccount:edge-b:sensor",
    "x:edgeagent",
    "system:serviceaccount:edge-a",
    "system:serviceaccount:edge-a:",
    "system:serviceaccount:edge-a:sensor:more",
    "system:serviceaccount:edge-a:sensor:",
    "System:serviceaccount:edge-a:sensor",
    "system:node:edge-a:sensor",
    "",
  ])("refuses user %j", (username) => {
    expect(user({ username })).toMatchObject({ reason: "token-user", username });
  });

  it("refuses a user without a uid", () => {
    expect(user({ uid: "" })).toMatchObject({ reason: "token-user" });
  });

  it.each([
    [undefined],
    [{}],
    [{ ...extra, "authentication.kubernetes.io/pod-uid": [] }],
    [{ ...extra, "authentication.kubernetes.io/pod-uid": [""] }],
    [{ ...extra, "authentication.kubernetes.io/pod-uid": ["a", "b"] }],
    [{ "authentication.kubernetes.io/pod-uid": ["a"] }],
  ])("refuses a token that is bound to no one pod: %j", (bound) => {
    expect(user({ extra: bound })).toMatchObject({ reason: "token-pod" });
  });

  it("accepts no other user name, whatever it is", () => {
    const part = fc.constantFrom("system", "serviceaccount", "edge-a", "edge-b", "sensor", "edgeagent", "");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const verdict = user({ username: parts.join(":") });
        const ours =
          parts.length === 4 && parts.slice(0, 3).join(":") === "system:serviceaccount:edge-a" && parts[3] !== "";
        expect("serviceAccount" in verdict).toBe(ours);
      }),
    );
  });
});
