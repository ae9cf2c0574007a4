import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LiveObject } from "../../kubernetes/index.ts";
import { hintsFor } from "../hints.ts";
import type { Finding } from "./finding.ts";
import { podFinding } from "./pod-findings.ts";
import { workloadFinding } from "./workload-findings.ts";

interface Observed {
  readonly pods: readonly LiveObject[];
  readonly events: readonly LiveObject[];
  readonly deployments: readonly LiveObject[];
}

/** What a kubelet and an API server of Kubernetes 1.36 said of pods that cannot run, less what says nothing here. */
const { pods, events, deployments }: Observed = JSON.parse(
  readFileSync(new URL("test/observed.json", import.meta.url), "utf8"),
);
const hints = hintsFor({ kind: "local", context: "edge-local" }, "local");
const part = (component: string) => ({ namespace: "t", component, isModule: true });
const findingOf = (name: string, of: readonly LiveObject[] = events): Finding | undefined => {
  const pod = pods.find(({ metadata }) => metadata.name === name);
  if (pod === undefined) throw new Error(`no pod ${name} was observed`);
  return podFinding(part(name), pod, of, hints);
};

describe("what is wrong with a pod", () => {
  const found = Object.fromEntries(pods.map(({ metadata }) => [metadata.name, findingOf(metadata.name)]));
  const registry = "127.0.0.1:5999";

  it("is told from what was observed", () => {
    expect(Object.fromEntries(Object.entries(found).map(([name, of]) => [name, [of?.id, of?.message]]))).toEqual({
      away: ["image-pull", "image 127.0.0.1:5998/x/x:1 cannot be pulled now"],
      badcmd: [
        "no-such-program",
        'its program cannot be started: exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory, 5 times',
      ],
      badname: ["image-name-invalid", "image Registry/UPPER:1 has a name that no registry can have"],
      broken: ["image-pull", `image ${registry}/broken/x:1 cannot be pulled now`],
      claim: ["claim-missing", "PersistentVolumeClaim nope does not exist"],
      denied: [
        "image-unauthorized",
        `image ${registry}/denied/x:1 cannot be pulled: its registry refuses it, or has no such image for whom it does not know`,
      ],
      envkey: ["configmap-missing", "ConfigMap kube-root-ca.crt has no key k"],
      envmap: ["configmap-missing", "ConfigMap nope does not exist"],
      envsecret: ["secret-missing", "Secret nope does not exist"],
      exits: ["program-exits", "its program ends with exit code 3, 5 times"],
      health: ["health-check", "ended because its health check failed: Liveness probe failed: queue is full, 5 times"],
      hostpath: [
        "pod-waits",
        'its pod cannot be started now: FailedMount: MountVolume.SetUp failed for volume "v" : hostPath type check failed: /nosuch/dir is not a directory',
      ],
      isdir: ["no-such-program", 'its program cannot be started: exec: "/app": permission denied, 5 times'],
      never: [
        "image-not-on-node",
        "image registry.invalid/never:1 may not be pulled (imagePullPolicy: never), and is not on the node",
      ],
      nohost: ["image-pull", "image registry.invalid/x:1 cannot be pulled now"],
      nonode: ["no-node-matches", expect.stringContaining("didn't match Pod's node affinity/selector")],
      notfound: ["image-not-found", `image ${registry}/lib/nosuch:1 cannot be pulled: its registry does not have it`],
      oom: ["out-of-memory", "OOMKilled: memory limit 60 MiB, exit code 137, 5 times"],
      private: [
        "image-unauthorized",
        `image ${registry}/private/x:1 cannot be pulled: its registry refuses it, or has no such image for whom it does not know`,
      ],
      pullsecret: [
        "pull-secret-missing",
        `image ${registry}/private/y:1 cannot be pulled: pull Secret regcred does not exist`,
      ],
      readiness: ["not-ready", "it runs, but its health check fails: Readiness probe failed: no hub yet"],
      rootuid: ["runs-as-root", "container rootuid would run as root, which it may not"],
      slow: ["image-pull", `image ${registry}/slow/x:1 cannot be pulled now`],
      startup: ["health-check", "ended because its health check failed: Startup probe failed: not yet, 5 times"],
      unboundclaim: ["unschedulable", expect.stringContaining("unbound immediate PersistentVolumeClaims")],
      volmap: ["configmap-missing", "ConfigMap nope does not exist"],
      volsecret: ["secret-missing", "Secret nope does not exist"],
      workdir: ["program-exits", "its program ends with exit code 0, 5 times"],
    });
  });

  it("is told with the stack's settings where these, and no manifest, say what a container is and gets", () => {
    const of = (name: string, component: string) => {
      const pod = pods.find(({ metadata }) => metadata.name === name);
      if (pod === undefined) throw new Error(`no pod ${name} was observed`);
      return podFinding({ namespace: "t", component, isModule: false }, pod, events, hints)?.fix;
    };
    expect(findingOf("oom")?.fix).toMatch(/^Raise HostConfig\.Memory in the module's createOptions/);
    expect(of("oom", "iotedged")).toMatch(
      /^Find .* logs .*\. Or raise iotedged\.resources\.limits\.memory in the stack, then: npx edgectl up/,
    );
    expect(of("oom", "edgeagent")).toMatch(/ Or raise edgeAgent\.resources/);
    expect(findingOf("badcmd")?.fix).toContain("Correct Entrypoint, Cmd or WorkingDir");
    expect(of("badcmd", "iotedged")).toBe(
      "See that the image of iotedged in the stack is the one that was built for it, then: npx edgectl up --stack local",
    );
  });

  it("is a Secret to be brought back by the stack where it is one of the installation's own", () => {
    const of = (secret: string) => {
      const message = `MountVolume.SetUp failed for volume "v" : secret "${secret}" not found`;
      const metadata = { name: "iotedged-1", uid: "m" };
      const event = {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "e", uid: "e" },
        reason: "FailedMount",
        message,
      };
      const status = {
        containerStatuses: [{ name: "iotedged", state: { waiting: { reason: "ContainerCreating" } } }],
      };
      const told = { ...event, count: 3, involvedObject: { uid: "m" } };
      return podFinding(part("iotedged"), { apiVersion: "v1", kind: "Pod", metadata, status }, [told], hints);
    };
    expect(of("iotedged-identity")).toMatchObject({ id: "secret-missing" });
    expect(of("iotedged-identity")?.fix).toMatch(/^Bring it back: npx edgectl up --stack local/);
    expect(of("plc")?.fix).toMatch(/^Make the Secret in namespace t/);
  });

  it("is not what a node is refused of a pod that the API server does not know as its own yet, unless that stays so", () => {
    const message =
      'MountVolume.SetUp failed for volume "token" : failed to fetch token: serviceaccounts "m" is forbidden: User "system:node:n" cannot create resource "serviceaccounts/token"';
    const of = (count: number) => {
      const metadata = { name: "m-1", uid: "m" };
      const told = {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "e", uid: "e" },
        reason: "FailedMount",
        message,
      };
      const event = { ...told, count, involvedObject: { uid: "m" } };
      const waiting = { name: "m", state: { waiting: { reason: "ContainerCreating" } } };
      const pod = { apiVersion: "v1", kind: "Pod", metadata, status: { containerStatuses: [waiting] } };
      return podFinding(part("m"), pod, [event], hints)?.id;
    };
    expect([of(1), of(5)]).toEqual([undefined, "pod-waits"]);
  });

  it("is a device that no node has to spare, where the scheduler names what a device plugin offers", () => {
    const of = (message: string) => {
      const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
      const metadata = { name: "m-1", uid: "m" };
      return podFinding(part("m"), { apiVersion: "v1", kind: "Pod", metadata, status: { conditions } }, [], hints);
    };
    const rest = "no new claims to deallocate, preemption: 0/2 nodes are available";
    const found = of(`0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient smarter-devices/ttyUSB0. ${rest}`);
    expect(found?.id).toBe("device-missing");
    expect(found?.fix).toContain("the device plugin of smarter-devices/ttyUSB0 runs");
    expect(of(`0/2 nodes are available: 2 Insufficient cpu. ${rest}`)?.id).toBe("unschedulable");
  });

  it("is a selector that no node has, unless other reasons than labels rule nodes out, or somebody makes a node", () => {
    const of = (reasons: string, reason?: string) => {
      const message = `0/3 nodes are available: ${reasons}. no new claims to deallocate, preemption: 0/3 nodes are available`;
      const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
      const metadata = { name: "m-1", uid: "m" };
      const told = { apiVersion: "v1", kind: "Event", metadata: { name: "e", uid: "e" }, reason, message: "pod" };
      const events = reason === undefined ? [] : [{ ...told, involvedObject: { uid: "m" } }];
      return podFinding(part("m"), { apiVersion: "v1", kind: "Pod", metadata, status: { conditions } }, events, hints)
        ?.id;
    };
    const labels = "node(s) didn't match Pod's node affinity/selector";
    expect(of(`3 ${labels}`)).toBe("no-node-matches");
    expect(of(`3 ${labels}`, "NotTriggerScaleUp")).toBe("no-node-matches");
    for (const making of ["TriggeredScaleUp", "Nominated"]) expect(of(`3 ${labels}`, making)).toBe("unschedulable");
    expect(of(`1 node(s) had untolerated taint {a: b}, 2 ${labels}`)).toBe("unschedulable");
    expect(of(`1 Insufficient cpu, 2 ${labels}`)).toBe("unschedulable");
  });

  it("is a template of claims that does not exist, where the controller of claims says so", () => {
    const template = 'resource claim template "camera": resourceclaimtemplate.resource.k8s.io "camera" not found';
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e", uid: "e" },
      reason: "FailedResourceClaimCreation",
      message: `PodResourceClaim camera: ${template}`,
      involvedObject: { uid: "m" },
    };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "m-1", uid: "m" }, status: { phase: "Pending" } };
    const found = podFinding(part("m"), pod, [event], hints);
    expect([found?.id, found?.message]).toEqual([
      "claim-template-missing",
      "ResourceClaimTemplate camera does not exist",
    ]);
    expect(found?.fix).toContain("Make ResourceClaimTemplate camera in namespace t,");
  });

  it("is a node that nothing is heard of, though it has said last that all is well", () => {
    const running = { name: "m", ready: true, state: { running: { startedAt: "2026-11-30T02:29:41Z" } } };
    const conditionsWith = (ready: string, containersReady: string) => [
      { type: "PodScheduled", status: "True" },
      { type: "Ready", status: ready, lastTransitionTime: "2026-11-30T02:30:51Z" },
      { type: "ContainersReady", status: containersReady },
    ];
    const of = (conditions: object) => {
      const status = { phase: "Running", conditions, containerStatuses: [running] };
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "m-1", uid: "m" }, spec: { nodeName: "edge-2" } };
      return podFinding(part("m"), { ...pod, status }, [], hints);
    };
    const found = of(conditionsWith("False", "True"));
    expect([found?.id, found?.message]).toEqual(["node-lost", "nothing is heard of its node edge-2"]);
    expect(found?.fix).toContain("describe node edge-2");
    expect(of(conditionsWith("True", "True"))).toBeUndefined();
    expect(of(conditionsWith("False", "False"))).toBeUndefined();
  });

  it("comes with the cluster's own words, and never with how long the kubelet waits", () => {
    for (const of of Object.values(found)) expect(`${of?.message} ${of?.evidence}`).not.toContain("back-off");
    expect(found.notfound?.evidence).toMatch(/^ImagePullBackOff: Back-off pulling image .*: not found$/);
  });

  it("comes with a way out in which no value is left open", () => {
    for (const of of Object.values(found)) expect(of?.fix).not.toMatch(/[{}]/);
    expect(found.exits?.fix).toBe("See its log: npx edgectl logs exits --previous -n t");
  });

  it("is what the module has ended with, and not that the proxy has ended with it", () => {
    const ended = (name: string, exitCode: number) => ({ name, state: { terminated: { exitCode, reason: "Error" } } });
    const statuses = (code: number) => ({
      phase: code === 0 ? "Succeeded" : "Failed",
      initContainerStatuses: [ended("proxy", 143)],
      containerStatuses: [ended("m", code)],
    });
    const spec = { restartPolicy: "Never", initContainers: [{ name: "proxy" }], containers: [{ name: "m" }] };
    const pod = (code: number) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "m-1", uid: "m" },
      spec,
      status: statuses(code),
    });
    expect(podFinding(part("m"), pod(4), [], hints)?.message).toBe("its program ends with exit code 4");
  });

  it("names the log that says more where a program has run, of its last run", () => {
    expect(found.exits?.seen.log).toEqual({ pod: "exits", container: "exits", previous: false });
    expect(found.badcmd?.seen.log).toBeUndefined();
  });
});

describe("of a pod whose registry wants credentials", () => {
  const told = (reason: string, message: string, second: number, more: object = {}): LiveObject => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: reason, uid: reason },
    reason,
    message,
    lastTimestamp: `2026-01-01T00:00:${second}Z`,
    involvedObject: { uid: "m", ...more },
  });
  const pull = (second: number) =>
    told("Failed", 'Failed to pull image "r.example.com/x:1": 401 Unauthorized', second, {
      fieldPath: "spec.containers{m}",
    });
  const sought = told("FailedToRetrieveImagePullSecret", "Unable to retrieve some image pull secrets (regcred); x", 10);
  const podOf = (reason: string, imagePullSecrets: readonly object[] = [{ name: "regcred" }]) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "m-1", uid: "m" },
    spec: { imagePullSecrets, containers: [{ name: "m", image: "r.example.com/x:1" }] },
    status: {
      containerStatuses: [{ name: "m", state: { waiting: { reason, message: "401 Unauthorized" } } }],
    },
  });
  const known = (since?: string, ofInstallation = ["regcred"]) => ({
    ofInstallation,
    since: new Map([["regcred", since]]),
    come: new Set<string>(),
  });
  const found = (...[pod, events, secrets]: [LiveObject, readonly LiveObject[], ReturnType<typeof known>?]) =>
    podFinding(part("m"), pod, events, hints, secrets);

  it("the cause is told by what the kubelet says, before it has written the container's state", () => {
    const refused = found(podOf("ContainerCreating", []), [pull(11)]);
    expect(refused).toMatchObject({ id: "image-unauthorized", seen: { isUnaided: true } });
    expect(found(podOf("ContainerCreating"), [pull(11), sought])?.id).toBe("pull-secret-missing");
  });

  it("a Secret is missing that was looked for, also where only the pod to come names it", () => {
    const seen = { missing: ["Secret regcred"] };
    expect(found(podOf("ErrImagePull"), [pull(11), sought], known())).toMatchObject({
      id: "pull-secret-missing",
      seen,
    });
    expect(found(podOf("ErrImagePull", []), [pull(11)], known())).toMatchObject({ id: "pull-secret-missing", seen });
  });

  it("nothing is final while a Secret has just come, until it was tried with it", () => {
    const of = (tried: number) => found(podOf("ErrImagePull"), [pull(tried), sought], known("2026-01-01T00:00:12Z"));
    expect(of(11)).toMatchObject({ id: "image-pull", message: expect.stringContaining("regcred has come since") });
    expect(of(20)?.id).toBe("image-pull");
    expect(of(23)?.id).toBe("image-unauthorized");
  });

  it("nothing is final while another pod takes its place, which has a Secret that it lacks", () => {
    const there = { ...known(), since: new Map() };
    expect(found(podOf("ErrImagePull", []), [pull(11)], there)?.id).toBe("image-pull");
    const refused = found(podOf("ErrImagePull"), [pull(11)], there);
    expect(refused?.id).toBe("image-unauthorized");
    expect(refused?.seen.isUnaided).toBeUndefined();
  });
});

describe("a failure has occurred anew", () => {
  const occurrence = (name: string, of: readonly LiveObject[]) => findingOf(name, of)?.seen.occurrence;
  const counted = (reason: RegExp, more: number) =>
    events.map((event) => (reason.test(event.message) ? { ...event, count: event.count + more } : event));

  it("when the kubelet has pulled once more, and not when it has only waited", () => {
    expect(occurrence("notfound", counted(/^Error: ImagePullBackOff/, 7))).toBe(occurrence("notfound", events));
    expect(occurrence("notfound", counted(/^Failed to pull/, 1))).not.toBe(occurrence("notfound", events));
  });

  it("when it has looked for the Secret once more", () => {
    expect(occurrence("envsecret", counted(/secret "nope"/, 1))).not.toBe(occurrence("envsecret", events));
  });
});

describe("why a Deployment has no pods", () => {
  const of = (message: string, isFreeing = false) => {
    const conditions = [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }];
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", uid: "d" } };
    return workloadFinding(part("d"), { ...deployment, status: { conditions } }, [], hints, isFreeing)?.id;
  };

  it("is told from what was observed", () => {
    const found = deployments.map((one) => [one.metadata.name, workloadFinding(part("d"), one, [], hints, false)?.id]);
    expect(Object.fromEntries(found)).toEqual({
      noprio: "pod-refused",
      norc: "runtime-class-missing",
      nosa: "pod-create",
    });
  });

  it.each([
    ['pods "d-1" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2', "quota-exceeded"],
    ['pods "d-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true', "pod-refused"],
    ['admission webhook "w" denied the request: no', "pod-refused"],
    ['Internal error occurred: failed calling webhook "w": connection refused', "pod-create"],
    ['pods "d-1" is forbidden: maximum memory usage per Pod is 1Mi, but limit is 4Mi', "pod-refused"],
    ["etcdserver: request timed out", "pod-create"],
  ])("%s: %s", (message, id) => expect(of(message)).toBe(id));

  it("is what the newest refusal says, and not that with which refusals began", () => {
    const message = 'pods "d-5-1" is forbidden: exceeded quota: q';
    const condition = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", uid: "d" },
      status: { conditions: [{ ...condition, lastUpdateTime: "2026-01-01T00:00:10Z" }] },
    };
    const refused = (name: string, said: string, second: number, count = 1) => ({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, uid: name },
      reason: "FailedCreate",
      message: said,
      count,
      lastTimestamp: `2026-01-01T00:00:${second}Z`,
      involvedObject: { kind: "ReplicaSet", name },
    });
    const seen = (...events: readonly LiveObject[]) => workloadFinding(part("d"), deployment, events, hints, false);
    const limits = '(combined from similar events): Error creating: pods "d-6-1" is forbidden: maximum cpu usage is 1';
    const old = refused("d-5", `Error creating: ${message}`, 10);
    const ofOther = refused("d-e-7", `Error creating: ${message}`, 40);
    expect(seen(old, refused("d-6", limits, 20), ofOther)).toMatchObject({
      id: "pod-refused",
      message: 'no pod: pods "d-6-1" is forbidden: maximum cpu usage is 1',
    });
    // What was told before a change is nothing new after it, and what is told again is.
    const changed = { ...deployment, metadata: { ...deployment.metadata, generation: 2 } };
    const occurrence = seen(old)?.seen.occurrence;
    expect(workloadFinding(part("d"), changed, [old], hints, false)?.seen.occurrence).toBe(occurrence);
    expect(seen(refused("d-5", `Error creating: ${message}`, 12, 2))?.seen.occurrence).not.toBe(occurrence);
  });

  it("is a quota that may have room in a moment, where pods are ending", () => {
    expect(of("exceeded quota: q", true)).toBe("pod-create");
  });
});
