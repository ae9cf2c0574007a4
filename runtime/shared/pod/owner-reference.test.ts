import { expect, it } from "vitest";
import { ownerReference } from "./owner-reference.ts";

it("refers to an owner by its uid, and only to one that exists", () => {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "iotedged", uid: "u" } };
  expect(ownerReference(account)).toEqual({ apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: "u" });
  expect(() => ownerReference({ ...account, metadata: { name: "iotedged" } })).toThrow("uid");
});
