import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import "../support/provided.ts";
import { objectNames } from "#contract";
import { allChecks, rulesFor } from "../../infra/check/all-checks.ts";
import { edgectl } from "../support/edgectl.ts";
import { waitFor } from "../support/wait-for.ts";
import { connectToHub, disconnectFromHub, hubSituations } from "./check/hub-situations.ts";
import { administratorOf, startInstallation, type Target, type TestInstallation } from "./check/installation.ts";
import { situations } from "./check/situations.ts";

const namespace = `edge-check-${randomBytes(3).toString("hex")}`;
let installation: TestInstallation;
let target: Target;

beforeAll(async () => {
  target = administratorOf(inject("kubeconfig"));
  installation = await startInstallation(target, namespace);
}, 120_000);
afterAll(() => installation?.stop());

it("says nothing wrong of a healthy installation", async () => {
  const results = await installation.healthy();
  expect(results.filter(({ severity }) => severity !== "ok")).toEqual([]);
}, 120_000);

it("says nothing wrong of a healthy one that is connected to IoT Hub", async () => {
  const alone = await installation.healthy();
  expect(new Set(alone.filter(({ id }) => id.startsWith("hub-")).map(({ message }) => message))).toEqual(
    new Set(["the installation stands alone"]),
  );
  await connectToHub(installation);
  try {
    const results = await installation.check();
    expect(results.filter(({ severity }) => severity !== "ok")).toEqual([]);
    const own = results.filter(({ id }) => id.startsWith("hub-"));
    expect(own.map(({ id }) => id)).toEqual([
      ...["hub-credential", "hub-reached", "hub-network", "hub-identities", "hub-twin", "hub-manifest"],
    ]);
    expect(own.map(({ message }) => message)).not.toContain("the installation stands alone");
  } finally {
    await disconnectFromHub(installation);
    await installation.repair();
  }
}, 120_000);

describe("with rights of its own, a check", () => {
  it("sees all with those that the documentation lists", async () => {
    await installation.healthy();
    const reader = await installation.reader(rulesFor(allChecks.after));
    const results = await installation.check({ as: reader });
    expect(results.filter(({ severity }) => severity !== "ok")).toEqual([]);
  }, 120_000);

  it("says what is not known where they are missing, and never that something is wrong", async () => {
    await installation.healthy();
    const reader = await installation.reader([{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]);
    const results = await installation.check({ as: reader });
    const bad = results.filter(({ severity }) => severity !== "ok");
    expect(new Set(bad.map(({ severity }) => severity))).toEqual(new Set(["unknown"]));
    const told = Object.fromEntries(bad.map(({ id, message }) => [id, message]));
    expect(told.leader).toBe(`not known: no right to list leases.coordination.k8s.io in ${namespace}`);
    expect(told["token-review"]).toBe("not known: no right to create subjectaccessreviews.authorization.k8s.io");
  }, 120_000);
});

describe("the command that deploys an installation again", { timeout: 120_000 }, () => {
  const fixOf = async () => {
    const where = ["--context", target.context, "--kubeconfig", target.kubeconfig];
    const args = ["check", "-n", namespace, "--json", ...where];
    const { stdout, stderr } = await edgectl(args, { cwd: installation.project.directory });
    const { checks } = JSON.parse(stdout || "{}");
    return checks?.find(({ id }: { id: string }) => id === "service")?.fix ?? stderr;
  };

  it("has the stack of the project that has deployed it, where none was named", async () => {
    await installation.healthy();
    await installation.cluster.delete(await installation.get("v1", "Service", objectNames.iotedged), "Background");
    try {
      const { context, kubeconfig } = target;
      expect(await fixOf()).toBe(
        `Make it again: npx edgectl up --stack ${namespace} --context ${context} --kubeconfig ${kubeconfig}`,
      );
    } finally {
      await installation.repair();
    }
  });

  it("is Flux's where Flux deploys it", async () => {
    await installation.healthy();
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "iotedge",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    };
    const configMap = `/api/v1/namespaces/${namespace}/configmaps/${objectNames.iotedgedConfig}`;
    await installation.cluster.delete(await installation.get("v1", "Service", objectNames.iotedged), "Background");
    await installation.patch(configMap, { metadata: { labels } });
    try {
      expect(await fixOf()).toMatch(
        /^Make it again: by Flux, .*: kubectl .* annotate --overwrite kustomizations\.kustomize\.toolkit\.fluxcd\.io iotedge -n flux-system /,
      );
    } finally {
      const none = Object.fromEntries(Object.keys(labels).map((key) => [key, null]));
      await installation.patch(configMap, { metadata: { labels: none } });
      await installation.repair();
    }
  });
});

describe("what runs is shown, of a stack alone, by", { timeout: 120_000 }, () => {
  const run = async (...args: readonly string[]) => {
    const where = ["--stack", namespace, "--context", target.context, "--kubeconfig", target.kubeconfig];
    const { code, stdout, stderr } = await edgectl([...args, ...where], { cwd: installation.project.directory });
    expect(code, stderr).toBe(0);
    return stdout;
  };

  it("edgectl tree", async () => {
    await installation.healthy();
    const text = await run("tree");
    expect(text).toMatch(new RegExp(`^Installation ${namespace}$`, "m"));
    expect(text).toMatch(/^├─ Deployment iotedged \(1 of 1 available\)$/m);
    expect(text).toMatch(/^└─ module sensor: Deployment sensor \(1 of 1 available\)$/m);
    expect(text).toMatch(/^ {3}├─ Pod sensor-\S+ \(Running, on node-of-\S+\)$/m);
    expect(text).toMatch(/Secret iotedged-workload-ca \(mounted\)$/m);
    const { installations } = JSON.parse(await run("tree", "-o", "json"));
    expect(installations).toMatchObject([{ kind: "Installation", name: namespace }]);
  });

  it("edgectl tree, which says so where there is nothing", async () => {
    const where = ["--context", target.context, "--kubeconfig", target.kubeconfig];
    const args = ["tree", "--namespace", "nobodys", ...where];
    const { code, stdout, stderr } = await edgectl(args, { cwd: installation.project.directory });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`there is no installation in namespace nobodys of ${target.context}`);
  });

  it("edgectl events, in their order", async () => {
    await installation.healthy();
    const { events } = JSON.parse(await run("events", "--module", "sensor", "--json"));
    expect(events.map(({ reason }: { reason: string }) => reason)).toEqual(
      expect.arrayContaining(["ScalingReplicaSet", "SuccessfulCreate"]),
    );
    const times = events.map(({ time }: { time: string }) => Date.parse(time));
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
    expect(events.filter(({ object }: { object: string }) => !/\/sensor(-|$)/.test(object))).toEqual([]);
  });

  it("edgectl logs", async () => {
    await installation.healthy();
    installation.logs.set("/sensor", "21.5\n");
    expect(await run("logs", "sensor")).toBe("21.5\n");
  });
});

describe("names cause and fix where", () => {
  it.each([...situations, ...hubSituations])(
    "$name",
    async ({ plant, undo, id, severity, component, cause, message, fix }) => {
      await installation.healthy();
      await plant(installation);
      try {
        const found = await waitFor(
          "the finding",
          async () => {
            const results = await installation.check({ stack: true });
            const own = results.filter((one) => one.id === id && one.severity !== "ok");
            const match = own.find(
              (one) =>
                one.severity === severity &&
                message.test(one.message) &&
                (component ?? one.component) === one.component,
            );
            if (match === undefined)
              throw new Error(
                JSON.stringify(
                  results.filter((one) => one.severity !== "ok"),
                  null,
                  2,
                ),
              );
            return match;
          },
          20,
        );
        expect(found).toMatchObject({ id, severity, docs: `docs/check.md#${id}`, ...(cause && { cause }) });
        expect(found.fix).toMatch(fix);
      } finally {
        await undo?.(installation);
        await installation.repair();
      }
    },
    120_000,
  );
});
