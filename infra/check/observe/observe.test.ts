import { expect, it } from "vitest";
import { kubernetesErrors } from "../../kubernetes/errors.ts";
import { observe, whyOf } from "./observe.ts";

const forbidden = (problem: string) => kubernetesErrors.EDGE_APPLY_FORBIDDEN({ verb: "list", object: "o", problem });

it("says which right is missing", () => {
  const user = 'User "u" cannot';
  expect(whyOf(forbidden(`pods is forbidden: ${user} list resource "pods" in API group "" in the namespace "a"`))).toBe(
    "no right to list pods in a",
  );
  expect(
    whyOf(forbidden(`${user} list resource "storageclasses" in API group "storage.k8s.io" at the cluster scope`)),
  ).toBe("no right to list storageclasses.storage.k8s.io");
  expect(whyOf(forbidden("a webhook said no"))).toMatch(/^no right: .*a webhook said no$/);
});

it("sends nobody for rights who has them", async () => {
  expect(await observe(() => Promise.reject(forbidden("no")))).not.toHaveProperty("fix");
  const away = kubernetesErrors.EDGE_APPLY_UNREACHABLE({ server: "s", problem: "ECONNREFUSED", kubectl: "kubectl" });
  expect(await observe(() => Promise.reject(away))).toMatchObject({ fix: expect.stringContaining("`reachable`") });
});

it("takes what cannot be seen for an answer, but not Ctrl-C", async () => {
  expect(await observe(async () => 1)).toEqual({ known: true, value: 1 });
  expect(await observe(() => Promise.reject(new Error("no answer")))).toMatchObject({ known: false, why: "no answer" });
  await expect(observe(async () => 1, AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
});
