import { describe, expect, inject, it } from "vitest";
import {
  defaultModuleSettings,
  edgeAgentRulesOf,
  iotedgedRulesOf,
  nodeObserverRules,
  type PolicyRule,
  tokenReviewerRules,
} from "#contract";
import { type AuditEvent, permissionsOf, readAudit, uses } from "../support/audit.ts";
import { waitFor } from "../support/wait-for.ts";
import { kubectl, kubectlOk } from "./cluster.ts";

const account = (namespace: string, name: string) => `system:serviceaccount:${namespace}:${name}`;
const ours = /^system:serviceaccount:edge-[ab]:/;

const features = { moduleLogs: true, moduleRestart: true, supportBundle: true, moduleJobs: true };
const granted: readonly { user: string; rules: readonly PolicyRule[] }[] = [
  { user: account("edge-a", "iotedged"), rules: [...tokenReviewerRules, ...nodeObserverRules] },
  { user: account("edge-b", "iotedged"), rules: [...iotedgedRulesOf(features), ...tokenReviewerRules] },
  { user: account("edge-b", "edgeagent"), rules: edgeAgentRulesOf(defaultModuleSettings, 1) },
];

/** A watch is logged as complete when it ends; all other requests at once. */
const finished = (event: AuditEvent) => event.stage === "ResponseComplete" || event.stage === "ResponseStarted";

describe("least privilege, proven by the API server's audit log", () => {
  it.each(granted)("01 every verb that $user has was used", async ({ user, rules }) => {
    await waitFor(
      `use of every permission of ${user}`,
      async () => {
        const events = (await readAudit(inject("auditLog"))).filter(
          (event) => event.user.username === user && finished(event),
        );
        const unused = permissionsOf(rules).filter((permission) => !events.some((event) => uses(event, permission)));
        if (unused.length > 0) throw new Error(`never used: ${JSON.stringify(unused)}`);
        return true;
      },
      30,
    );
  });

  it("02 no request of ours was refused", async () => {
    const events = (await readAudit(inject("auditLog"))).filter((event) => ours.test(event.user.username));
    expect(events.length).toBeGreaterThan(50);
    const refused = events.filter((event) => event.responseStatus?.code === 403);
    expect(refused.map(({ verb, requestURI, user }) => `${user.username} ${verb} ${requestURI}`)).toEqual([]);
  });

  it("03 no module ever called the API server", async () => {
    const daemons = /^system:serviceaccount:edge-[ab]:(iotedged|edgeagent)$/;
    const callers = new Set(
      (await readAudit(inject("auditLog"))).map((event) => event.user.username).filter((user) => ours.test(user)),
    );
    expect([...callers].filter((user) => !daemons.test(user))).toEqual([]);
  });
});

/** Rows of `kubectl auth can-i --list` that everybody authenticated has. */
async function canI(namespace: string, user: string): Promise<string[]> {
  const output = await kubectlOk(["auth", "can-i", "--list", "--no-headers", "-n", namespace, `--as=${user}`]);
  return output
    .split("\n")
    .map((line) => line.replace(/\s+/g, " ").trim())
    .filter((line) => line !== "" && !/^\[?\s*\[\//.test(line) && !/^selfsubject/.test(line))
    .sort();
}

describe("what kubectl auth can-i says", () => {
  const agent = account("edge-a", "edgeagent");
  const nobody = account("edge-a", "nobody");

  it("04 EdgeAgent has no right outside its namespace", async () => {
    for (const namespace of ["edge-b", "default", "kube-system"]) {
      expect(await canI(namespace, agent)).toEqual(await canI(namespace, nobody));
    }
    expect((await canI("edge-a", agent)).length).toBeGreaterThan((await canI("edge-a", nobody)).length);
  });

  it.each(["nodes", "namespaces", "clusterroles", "persistentvolumes", "pods", "secrets", "deployments"])(
    "05 EdgeAgent has no cluster-wide right on %s",
    async (resource) => {
      for (const verb of ["get", "list", "watch", "create", "delete"]) {
        expect((await kubectl(["auth", "can-i", verb, resource, "-A", `--as=${agent}`])).stdout.trim()).toBe("no");
      }
    },
  );

  it("06 EdgeAgent and iotedged may not read Secrets, not even their own namespace's", async () => {
    for (const user of [agent, account("edge-a", "iotedged")]) {
      for (const verb of ["get", "list", "watch"]) {
        expect((await kubectl(["auth", "can-i", verb, "secrets", "-n", "edge-a", `--as=${user}`])).stdout.trim()).toBe(
          "no",
        );
      }
    }
  });

  it("07 a module may do nothing at all", async () => {
    expect(await canI("edge-a", account("edge-a", "sensor"))).toEqual(await canI("edge-a", nobody));
  });
});
