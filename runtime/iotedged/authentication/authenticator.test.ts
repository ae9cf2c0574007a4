import type { V1TokenReviewStatus } from "@kubernetes/client-node";
import { beforeEach, describe, expect, it } from "vitest";
import { annotations } from "#contract";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { audience, unsignedToken, vouch } from "../../../test/fakes/token-review.ts";
import { kubernetesErrors } from "../../shared/kubernetes/errors.ts";
import { pods, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import type { HttpError } from "../http-error.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import type { Refusal } from "./reviewed-user.ts";
import { trackRevokedPods } from "./revoked-pods.ts";
import { createServiceAccountDirectory } from "./service-accounts.ts";

const hour = 3_600_000;

let clock: FakeClock;
let store: FakeObjectStore;
let metrics: Metrics;
let authenticator: Authenticator;
let answer: (token: string) => Promise<V1TokenReviewStatus>;
let reviews: string[];
let refusals: Refusal[];
let errors: unknown[];
let outages: boolean[];

const token = (claims: object = {}) => unsignedToken({ exp: (clock.now() + hour) / 1000, ...claims });
const headers = (value: string) => ["Authorization", `Bearer ${value}`];
const ask = async (value = token(), remoteAddress = "10.0.0.1") =>
  authenticator.authenticate(headers(value), { remoteAddress });
const statusOf = (value?: string, address?: string) =>
  ask(value, address).then(
    () => 200,
    (error: HttpError) => error.status,
  );

function create(staleSeconds = 60): Authenticator {
  return createAuthenticator({
    audience,
    namespace: "edge-a",
    cacheSeconds: 10,
    staleSeconds,
    reviewer: {
      review: (value) => {
        reviews.push(value);
        return answer(value);
      },
    },
    serviceAccounts: createServiceAccountDirectory({ informer: store.informer(serviceAccounts), store }),
    revokedPods: trackRevokedPods({ pods: store.informer(pods), clock, longestTrust: (10 + staleSeconds) * 1000 }),
    clock,
    metrics,
    onRefused: (refusal) => void refusals.push(refusal),
    onError: (error) => void errors.push(error),
    onOutage: (ongoing) => void outages.push(ongoing),
  });
}

beforeEach(() => {
  clock = new FakeClock();
  store = new FakeObjectStore("edge-a");
  metrics = createMetrics();
  for (const id of ["sensor", "hub"]) {
    const metadata = { name: id, uid: `uid-${id}`, annotations: { [annotations.moduleId]: id } };
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  }
  store.put({ apiVersion: "v1", kind: "Pod", metadata: { name: "pod-1", uid: "uid-pod-1" } });
  answer = async () => vouch();
  [reviews, refusals, errors, outages] = [[], [], [], []];
  authenticator = create();
});

describe("a genuine token", () => {
  it("gives the module's identity, with the account's uid as generation", async () => {
    expect(await ask()).toEqual({
      moduleId: "sensor",
      objectName: "sensor",
      generationId: "uid-sensor",
      podName: "pod-1",
      podUid: "uid-pod-1",
    });
  });

  it("gives the generation that is kept for the account, where one is", async () => {
    const kept = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";
    const notes = { [annotations.moduleId]: "sensor", [annotations.keptGeneration]: `sensor/${kept}` };
    const metadata = { name: "sensor", uid: "uid-sensor", annotations: notes };
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    expect(await ask()).toMatchObject({ moduleId: "sensor", generationId: kept });
  });

  it("is reviewed once in its time, however many requests show it at once", async () => {
    const value = token();
    await Promise.all(Array.from({ length: 100 }, () => ask(value)));
    await clock.advance(9_999);
    await ask(value);
    expect(reviews).toHaveLength(1);
    await clock.advance(1);
    await ask(value);
    expect(reviews).toHaveLength(2);
  });

  it("never counts past its own end", async () => {
    const value = token({ exp: (clock.now() + 3000) / 1000 });
    await ask(value);
    await clock.advance(3000);
    await ask(value);
    expect(reviews).toHaveLength(2);
  });

  it("is refused at once when its pod was seen to go, cached or not", async () => {
    const value = token();
    await ask(value);
    store.take("Pod", "pod-1");
    expect(await statusOf(value)).toBe(401);
    expect(await statusOf(token({ jti: "another" }))).toBe(401);
  });

  it("is refused at once when its pod has ended, though the API server vouches for it still", async () => {
    const value = token();
    await ask(value);
    store.put({ apiVersion: "v1", kind: "Pod", metadata: { name: "pod-1" }, status: { phase: "Succeeded" } } as never);
    expect(await statusOf(value)).toBe(401);
    expect(await statusOf(token({ jti: "another" }))).toBe(401);
  });

  it("lends its acceptance to no other that ends as it does, and loses it to none", async () => {
    const value = token({ jti: "x".repeat(100) });
    const forged = `AAAA${value}`;
    answer = async (shown) => (shown === value ? vouch() : { authenticated: false });
    expect(await statusOf(value)).toBe(200);
    expect(await statusOf(forged)).toBe(401);
    expect(await statusOf(value)).toBe(200);
    expect(reviews).toEqual([value, forged]);
  });

  it("of a pod that is newer than the informer's view is trusted", async () => {
    answer = async () => vouch("sensor", "pod-2");
    expect(await statusOf()).toBe(200);
  });

  it.each([
    ["a ServiceAccount without a module", vouch("default")],
    ["a ServiceAccount that was made again", vouch("sensor", "pod-1", "other-uid")],
    ["another namespace", { ...vouch(), user: { ...vouch().user, username: "system:serviceaccount:edge-b:sensor" } }],
    ["another audience", { ...vouch(), audiences: ["iotedge:edge-b/b"] }],
  ])("of %s is refused and told of", async (_what, status) => {
    answer = async () => status;
    expect(await statusOf()).toBe(401);
    expect(refusals).toHaveLength(1);
  });
});

describe("a bad token", () => {
  it("costs no TokenReview when it cannot be one for this installation", async () => {
    for (const value of ["opaque", token({ aud: ["https://kubernetes.default.svc"] }), token({ exp: 1 })]) {
      expect(await statusOf(value)).toBe(401);
    }
    expect(reviews).toEqual([]);
  });

  it("is remembered for a second only", async () => {
    answer = async () => ({ authenticated: false });
    const value = token();
    expect(await statusOf(value)).toBe(401);
    expect(await statusOf(value)).toBe(401);
    expect(reviews).toHaveLength(1);
    await clock.advance(1000);
    expect(await statusOf(value)).toBe(401);
    expect(reviews).toHaveLength(2);
    expect(refusals).toEqual([]);
  });

  it("does not push out a good one, however many there are", async () => {
    const good = token();
    await ask(good);
    answer = async () => ({ authenticated: false });
    for (let index = 0; index < 20_000; index++) await statusOf(token({ jti: index }), `10.1.0.${index}`);
    expect(reviews).toHaveLength(20_001);
    reviews = [];
    expect(await statusOf(good)).toBe(200);
    expect(reviews).toEqual([]);
  });
});

describe("an API server in trouble", () => {
  it("means 503, is told of, and is not remembered", async () => {
    answer = () => Promise.reject(new Error("no connection"));
    const value = token();
    await expect(ask(value)).rejects.toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(errors).toHaveLength(1);
    answer = async () => vouch();
    expect(await statusOf(value)).toBe(200);
  });

  it("that cannot tell the ServiceAccount means 503 too", async () => {
    answer = async () => vouch("newcomer");
    store.failNext(new Error("no connection"));
    expect(await statusOf()).toBe(503);
  });

  it("is asked by 16 reviews at once at most; who waits too long or finds no room gets 503", async () => {
    answer = () => new Promise(() => {});
    const statuses: number[] = [];
    for (let index = 0; index < 2000; index++) {
      void statusOf(token({ jti: index }), `10.1.0.${index}`).then((status) => statuses.push(status));
    }
    await settle();
    expect(reviews).toHaveLength(16);
    expect(statuses).toEqual(Array(2000 - 16 - 1024).fill(503));
    await clock.advance(5000);
    expect(statuses).toHaveLength(2000 - 16);
  });

  it("is waited for no longer than the metrics tell", async () => {
    let finish = () => {};
    answer = () =>
      new Promise((resolve) => {
        finish = () => resolve(vouch());
      });
    for (let index = 0; index < 17; index++) void statusOf(token({ jti: index }), `10.1.0.${index}`);
    await clock.advance(3000);
    finish();
    await settle();
    const told = await metrics.registry.metrics();
    expect(told).toContain("iotedge_tokenreview_wait_seconds_sum 3\n");
    expect(told).toContain("iotedge_tokenreview_wait_seconds_count 17\n");
  });
});

describe("an API server that gives no verdict", () => {
  const fail = () => Promise.reject(new Error("no connection"));

  it("leaves a module in that was known a moment ago, for a minute beyond its time and no longer", async () => {
    const value = token();
    await ask(value);
    answer = fail;
    await clock.advance(10_000);
    expect(await statusOf(value)).toBe(200);
    await clock.advance(59_999);
    expect(await statusOf(value)).toBe(200);
    await clock.advance(1);
    expect(await statusOf(value)).toBe(503);
  });

  it("lets nobody in who was not known, not even with another token of a known pod", async () => {
    await ask();
    answer = fail;
    await clock.advance(10_000);
    expect(await statusOf(token({ jti: "another" }))).toBe(503);
  });

  it("lets no token in past its own end", async () => {
    const value = token({ exp: (clock.now() + 20_000) / 1000 });
    await ask(value);
    answer = fail;
    await clock.advance(19_999);
    expect(await statusOf(value)).toBe(200);
    await clock.advance(1);
    expect(await statusOf(value)).toBe(503);
  });

  it("lets no token in whose pod was seen to go", async () => {
    const value = token();
    await ask(value);
    answer = fail;
    await clock.advance(10_000);
    store.take("Pod", "pod-1");
    expect(await statusOf(value)).toBe(401);
  });

  it("lets no token in whose pod went long ago, however long stale identities count", async () => {
    authenticator = create(3600);
    const value = token();
    await ask(value);
    store.take("Pod", "pod-1");
    answer = fail;
    for (let minute = 0; minute < 60; minute++) {
      expect(await statusOf(value)).toBe(401);
      await clock.advance(60_000);
    }
  });

  it("lets nobody in where stale identities are turned off", async () => {
    authenticator = create(0);
    const value = token();
    await ask(value);
    answer = fail;
    await clock.advance(10_000);
    expect(await statusOf(value)).toBe(503);
  });

  describe.each(["EDGE_KUBERNETES_UNAUTHORIZED", "EDGE_KUBERNETES_FORBIDDEN"] as const)("because of %s", (code) => {
    let value: string;
    beforeEach(async () => {
      value = token();
      await ask(value);
      await clock.advance(10_000);
      answer = () => Promise.reject(kubernetesErrors[code]({ verb: "create", path: "/", status: 403 }));
    });

    it("is starting, at first: who was known is let in, and nobody else", async () => {
      expect(await statusOf(value)).toBe(200);
      expect(await statusOf(token({ jti: "another" }))).toBe(503);
      expect(outages).toEqual([true]);
    });

    it("means it, after 10 s: nobody is let in", async () => {
      await statusOf(value);
      await clock.advance(10_000);
      await statusOf(value);
      await clock.advance(1);
      expect(await statusOf(value)).toBe(503);
      expect(outages).toEqual([true, false]);
    });

    it("means it for as long as it says so", async () => {
      authenticator = create(3600);
      answer = async () => vouch();
      await ask(value);
      answer = () => Promise.reject(kubernetesErrors[code]({ verb: "create", path: "/", status: 403 }));
      await clock.advance(10_000);
      const statuses: number[] = [];
      for (let second = 0; second < 120; second++) {
        statuses.push(await statusOf(value));
        await clock.advance(1000);
      }
      expect(new Set(statuses.slice(0, 10))).toEqual(new Set([200]));
      expect(new Set(statuses.slice(12))).toEqual(new Set([503]));
      expect(outages).toEqual([true, false]);
    });
  });

  it("keeps a known module waiting for a second at most, and then for none", async () => {
    const value = token();
    await ask(value);
    let lose = (_error: Error) => {};
    answer = () =>
      new Promise((_resolve, reject) => {
        lose = reject;
      });
    await clock.advance(10_000);
    const statuses: number[] = [];
    void statusOf(value).then((status) => statuses.push(status));
    await clock.advance(999);
    expect(statuses).toEqual([]);
    await clock.advance(1);
    expect(statuses).toEqual([200]);
    lose(new Error("timeout"));
    await settle();
    expect(await statusOf(value)).toBe(200);
    expect(await statusOf(value)).toBe(200);
    expect(reviews).toHaveLength(3);
  });

  it("is told of when it begins and when it ends, and a token that was revoked meanwhile is refused", async () => {
    const value = token();
    await ask(value);
    answer = fail;
    await clock.advance(10_000);
    await ask(value);
    expect(outages).toEqual([true]);
    answer = async () => ({ authenticated: false });
    await ask(value);
    await settle();
    expect(outages).toEqual([true, false]);
    expect(await statusOf(value)).toBe(401);
    answer = fail;
    await clock.advance(1000);
    expect(await statusOf(value)).toBe(503);
  });

  it("counts as back when nobody had reason to ask it for a while", async () => {
    answer = fail;
    expect(await statusOf()).toBe(503);
    await clock.advance(30_000);
    expect(outages).toEqual([true, false]);
  });
});
