import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { LiveObject } from "../../kubernetes/index.ts";
import { hintsFor } from "../hints.ts";
import { tellEvent } from "./events.ts";
import { podFinding } from "./pod-findings.ts";
import { nothingSought, soughtObjects } from "./sought-objects.ts";

const { pods, events }: { readonly pods: readonly LiveObject[]; readonly events: readonly LiveObject[] } = JSON.parse(
  readFileSync(new URL("test/observed.json", import.meta.url), "utf8"),
);
const hints = hintsFor({ kind: "local", context: "edge-local" }, "local");

it("objects that pods wait for are those that nodes have looked for in vain, and no keys of others", () => {
  const found = soughtObjects(events.map(tellEvent)).map(({ kind, name }) => `${kind} ${name}`);
  expect(found.toSorted()).toEqual(["ConfigMap nope", "Secret nope"]);
});

it("nothing is final where a Secret or a ConfigMap has come since the node looked for it", () => {
  const of = (name: string, come: string) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    if (pod === undefined) throw new Error(`no pod ${name} was observed`);
    const sought = { ...nothingSought, come: new Set([come]) };
    return podFinding({ namespace: "t", component: name, isModule: true }, pod, events, hints, sought);
  };
  for (const name of ["volsecret", "envsecret"]) {
    expect(of(name, "Secret nope")).toMatchObject({
      id: "pod-waits",
      message: "Secret nope has come since the node looked for it",
    });
    expect(of(name, "ConfigMap nope")?.id).toBe("secret-missing");
  }
  for (const name of ["volmap", "envmap"]) expect(of(name, "ConfigMap nope")?.id).toBe("pod-waits");
  expect(of("envkey", "ConfigMap kube-root-ca.crt")?.id).toBe("configmap-missing");
});
