import { describe, expect, it } from "vitest";
import { canonicalSubject, parseSubject, subjectKey, userInfoOf } from "./subject.ts";

const account = { kind: "ServiceAccount", namespace: "edge-a", name: "edgeagent" } as const;

describe("subjects", () => {
  it("takes a user with the name of a ServiceAccount's tokens for that ServiceAccount", () => {
    const user = { kind: "User", namespace: "", name: "system:serviceaccount:edge-a:edgeagent" } as const;
    expect(canonicalSubject(user)).toEqual(account);
    expect(subjectKey(user)).toBe(subjectKey(account));
  });
  it.each(["system:serviceaccount:a", "system:serviceaccount::b", "system:serviceaccount:a:b:c", "alice"])(
    "leaves user %s a user",
    (name) => expect(canonicalSubject({ kind: "User", namespace: "", name }).kind).toBe("User"),
  );
  it("adds the groups that the API server adds", () => {
    expect(userInfoOf(account).groups).toEqual([
      "system:serviceaccounts",
      "system:serviceaccounts:edge-a",
      "system:authenticated",
    ]);
    expect(userInfoOf({ kind: "User", namespace: "", name: "system:anonymous" }).groups).toEqual([
      "system:unauthenticated",
    ]);
  });
  it.each([
    "sa:edge-a/edgeagent",
    "serviceaccount:edge-a/edgeagent",
    "edge-a/edgeagent",
    "system:serviceaccount:edge-a:edgeagent",
  ])("reads %s", (text) => expect(parseSubject(text)).toEqual(account));
  it.each(["", "alice", "user:", "sa:edge-a", "edge-a/", "/x", "a/b/c"])("refuses '%s'", (text) =>
    expect(parseSubject(text)).toBeUndefined(),
  );
});
