import { type Cluster, KubeConfig } from "@kubernetes/client-node";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { builtinObjects } from "../../infra/rbac/builtin/builtin-objects.ts";
import { defaultBuiltinVersion } from "../../infra/rbac/builtin/versions.ts";
import { Collector } from "../../infra/rbac/collect/collector.ts";
import { can } from "../../infra/rbac/model/access.ts";
import type { Origin, PolicyRule } from "../../infra/rbac/model/objects.ts";
import { indexState, type RbacState } from "../../infra/rbac/model/state.ts";
import { describeSubject, parseSubject, type Subject, userInfoOf } from "../../infra/rbac/model/subject.ts";
import { readLiveCluster } from "../../infra/rbac/source/live.ts";
import { isOldest } from "../support/oldest-kubernetes.ts";
import { waitFor } from "../support/wait-for.ts";
import { Api, forEachParallel } from "./rbac/api.ts";
import { type Question, type RbacManifest, testLabel, type World, worldArbitrary } from "./rbac/world.ts";

const seed = 20261122;
const worldCount = 40;
const questionsPerWorld = 525;
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const selector = `labelSelector=${encodeURIComponent(Object.entries(testLabel).flat().join("="))}`;

let api: Api;
let worlds: readonly World[];
let state: RbacState;

beforeAll(async () => {
  api = new Api(inject("kubeconfig"));
  worlds = Array.from({ length: worldCount }, (_, index) => sample(`rbac${index}`, index));
  state = stateOf(worlds.flatMap((world) => world.objects));
  const namespaces = worlds.flatMap((world) => world.namespaces);
  await forEachParallel(namespaces, (name) =>
    api.call("POST", "/api/v1/namespaces", { metadata: { name, labels: testLabel } }),
  );
  await forEachParallel(
    worlds.flatMap((world) => world.objects),
    create,
  );
});

afterAll(async () => {
  const namespaces = worlds.flatMap((world) => world.namespaces);
  await forEachParallel(["clusterrolebindings", "clusterroles"], (kind) =>
    api.call("DELETE", `${rbac}/${kind}?${selector}`),
  );
  await forEachParallel(namespaces, async (namespace) => {
    await api.call("DELETE", `${rbac}/namespaces/${namespace}/rolebindings?${selector}`);
    await api.call("DELETE", `/api/v1/namespaces/${namespace}`);
  });
  await api[Symbol.asyncDispose]();
});

describe("the RBAC model against a real API server", () => {
  // What is built in is told by a data file of the newest version.
  it.runIf(!isOldest)("works out aggregated ClusterRoles as the controller does, circles included", async () => {
    const aggregated = state.roles.filter((role) => role.aggregation !== undefined);
    expect(aggregated.length).toBeGreaterThan(worldCount);
    for (const role of aggregated) {
      const expected = ruleTexts(state.rulesOf(role));
      await waitFor(
        `ClusterRole ${role.name} to be aggregated`,
        async () => {
          const { rules } = (await api.call("GET", `${rbac}/clusterroles/${role.name}`)) as {
            rules: PolicyRule[] | null;
          };
          return JSON.stringify(ruleTexts(rules ?? [])) === JSON.stringify(expected) || undefined;
        },
        90,
      );
    }
  });

  // As long as so many requests take on a machine that does much else besides.
  it("decides at least 20 000 generated questions as SubjectAccessReview does", async () => {
    await informersCaughtUp();
    const questions = worlds.flatMap((world) => world.questions);
    const different: string[] = [];
    let allowed = 0;
    await forEachParallel(questions, async (question) => {
      const user = userInfoOf(question.subject);
      const ours = can(state, user, question.request);
      if (ours) allowed += 1;
      if (ours !== (await api.review(user, question.request))) different.push(describeQuestion(question, ours));
    });
    expect(different).toEqual([]);
    expect(questions.length).toBeGreaterThanOrEqual(20_000);
    // Answers that are nearly all the same would prove little.
    expect(allowed / questions.length).toBeGreaterThan(0.15);
    expect(allowed / questions.length).toBeLessThan(0.85);
  }, 900_000);

  it("reads the same from the live cluster, where aggregated rules stand in the objects", async () => {
    const live = await readLive();
    const questions = worlds.flatMap((world) => world.questions);
    const different = questions.filter(({ subject, request }) => {
      const user = userInfoOf(subject);
      return can(live, user, request) !== can(state, user, request);
    });
    expect(different).toEqual([]);
  });

  it.runIf(!isOldest)("has the built-in objects of this version of Kubernetes in its data file", async () => {
    const live = await readLive();
    const own = builtinObjects();
    const marked = (objects: readonly { readonly origin: Origin }[]) =>
      objects.filter(({ origin }) => origin.builtin).length;
    expect([marked(live.roles), marked(live.bindings)]).toEqual([own.roles.length, own.bindings.length]);
    const version = (await api.call("GET", "/version")) as { major: string; minor: string };
    expect(`${version.major}.${version.minor}`).toBe(defaultBuiltinVersion);
  });

  it("says why a cluster does not answer", async () => {
    const config = kubeConfig();
    const dead = new KubeConfig();
    dead.loadFromClusterAndUser(
      { name: "dead", server: "https://127.0.0.1:65533", skipTLSVerify: false },
      { name: "nobody" },
    );
    const code = "EDGE_RBAC_CLUSTER_UNREACHABLE";
    await expect(readLiveCluster(dead)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("ECONNREFUSED"),
    });
    const user = config.getCurrentUser();
    config.loadFromClusterAndUser(config.getCurrentCluster() as Cluster, {
      ...user,
      name: "x",
      impersonateUser: "nobody",
    });
    await expect(readLiveCluster(config)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(
        /: clusterroles\.\S+ is forbidden: User "nobody" cannot list [^\n]* \(HTTP 403\)$/,
      ),
    });
  });

  it("knows the built-in roles: cluster-admin, system:auth-delegator, and discovery for everyone", async () => {
    const asked = [
      "group:system:masters",
      "user:system:kube-scheduler",
      "group:system:authenticated",
      "user:system:anonymous",
    ];
    const requests = [
      { verb: "delete", group: "", resource: "secrets", subresource: "", name: "", namespace: "" },
      { verb: "create", group: "", resource: "pods", subresource: "binding", name: "", namespace: "default" },
      {
        verb: "create",
        group: "authorization.k8s.io",
        resource: "selfsubjectaccessreviews",
        subresource: "",
        name: "",
        namespace: "",
      },
      { verb: "get", path: "/api/v1" },
      { verb: "get", path: "/livez" },
    ];
    for (const subject of asked.flatMap((text) => parseSubject(text) ?? []))
      for (const request of requests) {
        const user = userInfoOf(subject);
        expect(can(state, user, request), describeQuestion({ subject, request }, undefined)).toBe(
          await api.review(user, request),
        );
      }
  });
});

function kubeConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(inject("kubeconfig"));
  return config;
}

async function readLive(): Promise<RbacState> {
  const config = kubeConfig();
  const { clusters } = await readLiveCluster(config);
  const [objects] = clusters;
  if (objects === undefined) throw new Error("the live source has no cluster");
  return indexState(objects, builtinObjects());
}

function sample(prefix: string, index: number): World {
  const [world] = fc.sample(worldArbitrary(prefix, questionsPerWorld), { seed: seed + index, numRuns: 1 });
  if (world === undefined) throw new Error("fast-check sampled nothing");
  return world;
}

function stateOf(objects: readonly RbacManifest[]): RbacState {
  const collector = new Collector({ cluster: "test" });
  for (const object of objects) collector.add(object, { origin: {}, identity: "" });
  return indexState(collector.objects(), builtinObjects());
}

function create(object: RbacManifest): Promise<unknown> {
  const { namespace } = object.metadata;
  const path = namespace === undefined ? rbac : `${rbac}/namespaces/${namespace}`;
  return api.call("POST", `${path}/${object.kind.toLowerCase()}s`, object);
}

/** The authorizer reads from caches. What was made last, of every kind, shows that they hold all that came before. */
async function informersCaughtUp(): Promise<void> {
  const namespace = worlds[0]?.namespaces[0] ?? "";
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", name: "rbac-sentinel" };
  const rules = [{ apiGroups: ["sentinel"], resources: ["sentinels"], verbs: ["get"] }];
  const shared = { apiVersion: "rbac.authorization.k8s.io/v1" };
  const clusterWide = { ...shared, metadata: { name: "rbac-sentinel", labels: testLabel } };
  const namespaced = { ...shared, metadata: { ...clusterWide.metadata, namespace } };
  const subjects = (name: string) => [{ kind: "User", name }];
  await create({ ...clusterWide, kind: "ClusterRole", rules } as RbacManifest);
  await create({ ...namespaced, kind: "Role", rules } as RbacManifest);
  const clusterRef = { ...roleRef, kind: "ClusterRole" };
  await create({
    ...clusterWide,
    kind: "ClusterRoleBinding",
    roleRef: clusterRef,
    subjects: subjects("sentinel-1"),
  } as RbacManifest);
  await create({
    ...namespaced,
    kind: "RoleBinding",
    roleRef: { ...roleRef, kind: "Role" },
    subjects: subjects("sentinel-2"),
  } as RbacManifest);
  const request = { verb: "get", group: "sentinel", resource: "sentinels", subresource: "", name: "", namespace };
  for (const name of ["sentinel-1", "sentinel-2"])
    await waitFor(`${name} to be seen`, async () => (await api.review({ name, groups: [] }, request)) || undefined, 90);
}

/** Rules as the API writes them leave empty lists out. */
function ruleTexts(rules: readonly Partial<PolicyRule>[]): string[] {
  const fields = ["apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs"] as const;
  return [...new Set(rules.map((rule) => JSON.stringify(fields.map((field) => rule[field] ?? []))))].sort();
}

function describeQuestion(
  { subject, request }: { subject: Subject; request: Question["request"] },
  ours: boolean | undefined,
) {
  return `${describeSubject(subject)} ${JSON.stringify(request)}: ours ${ours}`;
}
