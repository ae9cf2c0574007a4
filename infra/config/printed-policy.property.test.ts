import fc from "fast-check";
import { Check } from "typebox/value";
import { expect, it } from "vitest";
import { policyProfileNames } from "#contract";
import { parseManifest } from "#manifest";
import { moduleSettingsOf } from "../installation/index.ts";
import { judgeManifest, ManifestCheckSchema } from "../manifest-check/index.ts";

const some = <Item>(...items: readonly Item[]) => fc.subarray([...items]);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const door = maybe(fc.boolean());
const policies = fc.record({
  profile: maybe(fc.constantFrom(...policyProfileNames)),
  root: door,
  privileged: door,
  hostNetwork: door,
  hostPid: door,
  capabilities: maybe(some("NET_ADMIN", "CHOWN", "SYS_TIME")),
  hostPaths: maybe(
    some(
      { pathPrefix: "/srv", readOnly: true, recursiveReadOnly: "IfPossible" as const },
      { pathPrefix: "/dev/ttyS0", readOnly: false },
    ),
  ),
  hostPorts: maybe(some("30000-32767", "443")),
  tolerations: maybe(some("edge", "plant")),
  annotations: maybe(some("example.com/")),
  devices: maybe(some({ path: "/dev/ttyS1", claimTemplate: "serial" })),
});
const manifests = fc
  .record({
    User: maybe(fc.constantFrom("root", "1000")),
    HostConfig: fc.record({
      Privileged: door,
      NetworkMode: maybe(fc.constant("host")),
      PidMode: maybe(fc.constant("host")),
      CapAdd: some("NET_ADMIN", "SYS_TIME", "IPC_LOCK"),
      Binds: some("/srv/a:/a:ro", "/srv/b:/b", "/etc/x:/x:ro"),
      Devices: some({ PathOnHost: "/dev/ttyS1" }, { PathOnHost: "/dev/ttyS2" }),
    }),
    "k8s-experimental": fc.record({ tolerations: some({ key: "edge", operator: "Exists" }) }),
  })
  .map((createOptions) =>
    JSON.stringify({ schemaVersion: "1.1", modules: { a: { settings: { image: "r/a:1", createOptions } } } }),
  );

it("prints a policy by which the manifest is accepted, written in place of whichever the installation has", () => {
  let pasted = 0;
  fc.assert(
    fc.property(manifests, policies, maybe(fc.constantFrom("image", "docker")), (text, policy, user) => {
      const of = (given: object) =>
        moduleSettingsOf({ policy: given, ...(user === undefined ? {} : { moduleUser: user }) });
      const judgement = judgeManifest(text, of(policy), "x");
      expect(Check(ManifestCheckSchema, { file: "f", judgements: [judgement] })).toBe(true);
      if (judgement.accepted || !judgement.acceptedWithPolicy) return;
      pasted++;
      expect(parseManifest(text, of(judgement.policy))).toMatchObject({ ok: true });
      const { profile: _, ...had } = policy;
      for (const list of ["capabilities", "hostPaths", "hostPorts", "tolerations", "annotations", "devices"] as const)
        for (const entry of had[list] ?? [])
          expect(of(judgement.policy).policy[list] ?? of({}).policy[list] ?? []).toContainEqual(entry);
    }),
    { numRuns: 150 },
  );
  expect(pasted).toBeGreaterThan(50);
});
