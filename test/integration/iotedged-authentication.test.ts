import { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { annotations, tokenAudience } from "#contract";
import { reviewBudget } from "../../runtime/iotedged/authentication/review-budget.ts";
import { readAudit } from "../support/audit.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { patchBy } from "../support/merge-patch.ts";
import { type Created, createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

const body = { keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" };

let own: TestNamespace;
let other: TestNamespace;
let iotedged: RunningIotedged;
let audience: string;
let accounts: Map<string, Created>;

beforeAll(async () => {
  own = await createTestNamespace(inject("kubeconfig"), "edge-own");
  other = await createTestNamespace(inject("kubeconfig"), "edge-other");
  audience = tokenAudience({ namespace: own.name, name: own.name });
  accounts = new Map();
  for (const id of ["sensor", "hub"]) accounts.set(id, await own.createAccount(id, id));
  iotedged = await startIotedged({
    kubeConfig: await own.kubeConfigOf("iotedged"),
    name: own.name,
    namespace: own.name,
  });
  await waitFor("iotedged", async () => (await iotedged.ready()).ok || undefined, 30);
});

afterAll(async () => {
  await iotedged?.stop();
  await own?.remove();
  await other?.remove();
});

const sign = (
  token: string | undefined,
  module = "sensor",
  generation = accounts.get(module)?.metadata.uid ?? "none",
) => iotedged.call("workload", token, `/modules/${encodeURIComponent(module)}/genid/${generation}/sign`, body);

describe("a module's token at iotedged", () => {
  let pod: Created;
  let token: string;

  beforeAll(async () => {
    pod = await own.createPod("sensor-1", "sensor");
    token = await own.token("sensor", { audience, pod });
  });

  it("lets the module sign as itself", async () => {
    const answer = await sign(token);
    expect(answer).toEqual({ status: 200, json: { digest: expect.stringMatching(/^[\w+/]{43}=$/) } });
  });

  it("does not let it sign as another, nor for another generation", async () => {
    expect((await sign(token, "hub")).status).toBe(403);
    expect((await sign(token, "sensor", accounts.get("hub")?.metadata.uid)).status).toBe(403);
    expect((await sign(token, "$edgeAgent")).status).toBe(403);
  });

  it("is refused when it is of the default audience, of another installation, or bound to no pod", async () => {
    expect((await sign(await own.token("sensor", { pod }))).status).toBe(401);
    expect((await sign(await own.token("sensor", { audience: "iotedge:elsewhere/x", pod }))).status).toBe(401);
    expect((await sign(await own.token("sensor", { audience }))).status).toBe(401);
    expect((await sign(undefined)).status).toBe(401);
    expect((await sign(`${token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
  });

  it("is refused when it is of another namespace's edgeagent, though that asked for this audience", async () => {
    const foreign = await other.createPod("edgeagent-1", "edgeagent");
    expect((await sign(await other.token("edgeagent", { audience, pod: foreign }), "$edgeAgent")).status).toBe(401);
  });

  it("is refused when an annotation alone claims to be EdgeAgent", async () => {
    await own.createAccount("impostor", "$edgeAgent");
    const impostor = await own.createPod("impostor-1", "impostor");
    const answer = await sign(await own.token("impostor", { audience, pod: impostor }), "$edgeAgent");
    expect(answer.status).toBe(401);
    const told = await waitFor("the Event", async () => {
      const events = await own.client.call<{ items: { reason: string; regarding: { name: string } }[] }>({
        verb: "list",
        path: own.path("apis/events.k8s.io/v1", "events"),
      });
      return events.items.find(
        ({ reason, regarding }) => reason === "IdentityRefused" && regarding.name === "impostor",
      );
    });
    expect(told).toBeDefined();
  });

  it("is taken of EdgeAgent, which needs no annotation", async () => {
    const agent = await own.createPod("edgeagent-1", "edgeagent");
    const agentToken = await own.token("edgeagent", { audience, pod: agent });
    const { json, status } = await iotedged.call("management", agentToken, "/identities");
    expect(status).toBe(200);
    expect(json.identities.map(({ moduleId }: { moduleId: string }) => moduleId)).toEqual([
      "$edgeAgent",
      "hub",
      "sensor",
    ]);
    expect((await iotedged.call("management", token, "/identities")).status).toBe(403);
  });

  it.each([
    ["a pod labelled as its module's", "sensor-2", undefined],
    ["a pod without a label", "unlabelled-1", {}],
    ["a pod labelled as somebody else's", "mislabelled-1", { app: "other" }],
  ])("of %s is refused as soon as the watch tells of the pod's deletion", async (_what, name, podLabels) => {
    const short = await own.createPod(name, "sensor", podLabels);
    const shortToken = await own.token("sensor", { audience, pod: short });
    expect((await sign(shortToken)).status).toBe(200);
    const before = await refusedForPods();
    await own.client.call({
      verb: "delete",
      path: own.path("api/v1", "pods", name),
      query: { gracePeriodSeconds: "0" },
    });
    await waitFor("the refusal", async () => ((await sign(shortToken)).status === 401 ? true : undefined));
    // By the watch, and not by a review once the last one had grown old.
    expect(await refusedForPods()).toBe(before + 1);
  });

  it.each(["Succeeded", "Failed"])(
    "is refused once its pod has come to phase %s, though its object is there",
    async (phase) => {
      const name = `ended-${phase.toLowerCase()}`;
      const ended = await own.createPod(name, "sensor", {});
      const endedToken = await own.token("sensor", { audience, pod: ended });
      expect((await sign(endedToken)).status).toBe(200);
      await patchBy(own.client, `${own.path("api/v1", "pods", name)}/status`, { status: { phase } });
      await waitFor("the refusal", async () => ((await sign(endedToken)).status === 401 ? true : undefined));
      expect((await sign(await own.token("sensor", { audience, pod: ended }))).status).toBe(401);
      expect((await sign(token)).status).toBe(200);
    },
  );

  it("costs one TokenReview, however many requests show it at once", async () => {
    const fresh = await own.token("sensor", { audience, pod });
    const start = Date.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => sign(fresh)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await waitFor("the audit log", async () => (await reviewsSince(start)) || undefined)).toBe(1);
  });

  it("of a module that was made anew gives it other keys", async () => {
    const first = (await sign(token)).json.digest;
    await own.client.call({ verb: "delete", path: own.path("api/v1", "serviceaccounts", "hub") });
    const again = await own.create("api/v1", "serviceaccounts", {
      metadata: { name: "hub", annotations: { [annotations.moduleId]: "hub" } },
    });
    const hubPod = await own.createPod("hub-1", "hub");
    const hubToken = await own.token("hub", { audience, pod: hubPod });
    expect((await sign(hubToken, "hub", accounts.get("hub")?.metadata.uid)).status).toBe(403);
    const answer = await sign(hubToken, "hub", again.metadata.uid);
    expect(answer.status).toBe(200);
    expect(answer.json.digest).not.toBe(first);
  });
});

describe("garbage of the right audience", () => {
  const { burst } = reviewBudget;
  /** The end of a token's signature, other than it was: what nobody but the API server can tell from a good one. */
  const forge = (token: string, index: number) => `${token.slice(0, -8)}${String(index).padStart(8, "A")}`;
  const signFrom = async (address: string, token: string) => {
    const agent = new Agent({
      localAddress: address,
      connect: { ca: iotedged.ca.certificatePem, servername: "iotedged" },
    });
    const answer = await agent.request({
      origin: `https://127.0.0.1:${iotedged.daemon.ports.workload}`,
      path: `/modules/sensor/genid/${accounts.get("sensor")?.metadata.uid}/sign?api-version=2020-07-07`,
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await answer.body.dump();
    await agent.close();
    return { status: answer.statusCode, retryAfter: answer.headers["retry-after"] };
  };

  it("has few reviewed for each address, and keeps out neither known tokens nor those of other pods", async () => {
    const [flooder, neighbour] = [
      await own.createPod("flooder-1", "sensor"),
      await own.createPod("neighbour-1", "sensor"),
    ];
    const tokens = { flooder: await own.token("sensor", { audience, pod: flooder }) };
    const fresh = await own.token("sensor", { audience, pod: neighbour });
    const place = "127.0.0.7";
    await waitFor(
      "the pods to be known",
      async () => (await signFrom(place, tokens.flooder)).status === 200 || undefined,
    );
    const start = Date.now();
    const statuses: number[] = [];
    for (let index = 0; index < 100; index++) {
      const { status, retryAfter } = await signFrom(place, forge(tokens.flooder, index));
      statuses.push(status);
      if (status === 429) expect(Number(retryAfter)).toBeGreaterThan(0);
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const allowed = burst + Math.ceil((Date.now() - start) / 1000);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(allowed);
    expect((await signFrom(place, tokens.flooder)).status).toBe(200);
    expect((await signFrom(place, fresh)).status).toBe(200);
    expect((await signFrom("127.0.0.8", forge(tokens.flooder, 100))).status).toBe(401);
    expect(await iotedged.metrics()).toMatch(/^iotedge_rejected_total\{reason="token-limited"\} \d+$/m);
  });
});

async function refusedForPods(): Promise<number> {
  const metric = /^iotedge_rejected_total\{reason="token-revoked"\} (\d+)$/m;
  return Number(metric.exec(await iotedged.metrics())?.[1] ?? 0);
}

/** TokenReviews that iotedged asked for since a time in milliseconds since the epoch. */
async function reviewsSince(time: number): Promise<number> {
  const user = `system:serviceaccount:${own.name}:iotedged`;
  const events = await readAudit(inject("auditLog"));
  return events.filter(
    (event) =>
      event.user.username === user &&
      event.objectRef?.resource === "tokenreviews" &&
      Date.parse(event.requestReceivedTimestamp ?? "") >= time &&
      event.stage === "ResponseComplete",
  ).length;
}
