import { expect, it } from "vitest";
import type { Informer, KubernetesObject } from "../../base/kubernetes-objects.ts";
import type { Effect } from "./execute.ts";
import { watchEffects } from "./written-kinds.ts";

const account = (index: number) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: `m${index}`, resourceVersion: "1" },
});

it("looks at what was written a few times for each event, however much was written", () => {
  const count = 2000;
  const seen = new Map<string, KubernetesObject>();
  let looks = 0;
  const informer = {
    get: (name: string) => {
      looks++;
      return seen.get(name);
    },
  } as Informer<KubernetesObject>;
  const effects = Array.from({ length: count }, (_, index): Effect => {
    const object = account(index) as never;
    return { type: "done", moduleId: `m${index}`, action: { type: "apply", object, cause: "create" }, object };
  });
  const haveSeen = watchEffects(new Map([["ServiceAccount", informer]]), effects);
  const answers = effects.map((_, index) => {
    seen.set(`m${index}`, account(index));
    return haveSeen();
  });
  expect(answers.indexOf(true)).toBe(count - 1);
  expect(looks).toBeLessThanOrEqual(3 * count);
});
