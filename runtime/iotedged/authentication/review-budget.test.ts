import type { V1TokenReviewStatus } from "@kubernetes/client-node";
import { beforeEach, describe, expect, it } from "vitest";
import { annotations } from "#contract";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { audience, unsignedToken, vouch } from "../../../test/fakes/token-review.ts";
import { pods, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import type { HttpError } from "../http-error.ts";
import { createMetrics } from "../metrics.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import { reviewBudget } from "./review-budget.ts";
import { trackRevokedPods } from "./revoked-pods.ts";
import { createServiceAccountDirectory } from "./service-accounts.ts";

const hour = 3_600_000;

let clock: FakeClock;
let store: FakeObjectStore;
let authenticator: Authenticator;
let answer: (token: string) => Promise<V1TokenReviewStatus>;
let reviews: string[];

const token = (claims: object = {}) => unsignedToken({ exp: (clock.now() + hour) / 1000, ...claims });
const ask = async (value: string, remoteAddress = "10.0.0.1") =>
  authenticator.authenticate(["Authorization", `Bearer ${value}`], { remoteAddress });
const statusOf = (value = token(), address?: string) =>
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
    revokedPods: trackRevokedPods({ pods: store.informer(pods), clock, longestTrust: 70_000 }),
    clock,
    metrics: createMetrics(),
    onRefused: () => {},
    onError: () => {},
    onOutage: () => {},
  });
}

beforeEach(() => {
  clock = new FakeClock();
  store = new FakeObjectStore("edge-a");
  const metadata = { name: "sensor", uid: "uid-sensor", annotations: { [annotations.moduleId]: "sensor" } };
  store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  store.put({ apiVersion: "v1", kind: "Pod", metadata: { name: "pod-1", uid: "uid-pod-1" } });
  reviews = [];
  authenticator = create();
});

describe("an address that shows tokens which are refused", () => {
  const { burst, perSecond } = reviewBudget;
  let count = 0;
  const garbage = (podUid?: string) =>
    token({ jti: `garbage-${count++}`, ...(podUid && { "kubernetes.io": { pod: { uid: podUid } } }) });
  const flood = async (times: number, make = garbage, address?: string) => {
    const statuses: number[] = [];
    for (let index = 0; index < times; index++) statuses.push(await statusOf(make(), address));
    return statuses;
  };
  let good: string[];

  beforeEach(() => {
    good = [];
    answer = async (value) => (good.includes(value) ? vouch() : { authenticated: false });
  });

  it("has few reviewed and then as many as come back in time, and is told when to come again", async () => {
    expect(await flood(burst + 50)).toEqual([...Array(burst).fill(401), ...Array(50).fill(429)]);
    await expect(ask(garbage())).rejects.toMatchObject({ reason: "token-limited", headers: { "retry-after": "1" } });
    expect(reviews).toHaveLength(burst);
    for (let second = 0; second < 60; second++) {
      await clock.advance(1000);
      await flood(20);
    }
    expect(reviews).toHaveLength(burst + 60 * perSecond);
  });

  it("has no more reviewed when all come at once", async () => {
    const statuses = await Promise.all(Array.from({ length: 500 }, () => statusOf(garbage())));
    expect(reviews).toHaveLength(burst);
    expect(statuses.filter((status) => status === 429)).toHaveLength(500 - burst);
  });

  it("does not pay for tokens that cannot be meant for here, nor for good ones, nor while there is no verdict", async () => {
    await flood(100, () => token({ aud: ["elsewhere"] }));
    good = Array.from({ length: 100 }, garbage);
    for (const value of good) expect(await statusOf(value)).toBe(200);
    answer = () => Promise.reject(new Error("no connection"));
    expect(await flood(100)).toEqual(Array(100).fill(503));
    answer = async () => ({ authenticated: false });
    expect(await flood(burst + 1)).toEqual([...Array(burst).fill(401), 429]);
  });

  it("keeps the tokens that are known from there, also when they have to be reviewed again", async () => {
    authenticator = create(0);
    good = [token({ jti: "known" })];
    const [known = ""] = good;
    expect(await statusOf(known)).toBe(200);
    await flood(burst + 1);
    expect(await statusOf(known)).toBe(200);
    await clock.advance(10_000);
    await flood(burst + 1);
    expect(await statusOf(known)).toBe(200);
    expect(reviews.filter((value) => value === known)).toHaveLength(2);
  });

  it("loses nothing for the other addresses, known or new", async () => {
    await flood(burst + 1);
    good = [token({ jti: "new" })];
    expect(await statusOf(good[0], "10.0.0.2")).toBe(200);
    expect(await statusOf(garbage(), "10.0.0.2")).toBe(401);
  });

  it("keeps out no new token of another pod at the same address, which it does not know the uid of", async () => {
    await flood(burst + 1);
    expect(await flood(50, () => garbage(`uid-of-none-${count}`))).toEqual(Array(50).fill(429));
    good = [garbage("uid-pod-1")];
    expect(await statusOf(good[0])).toBe(200);
    expect(await flood(burst + 1, () => garbage("uid-pod-1"))).toEqual([...Array(burst).fill(401), 429]);
    expect(await statusOf(garbage("uid-pod-1"), "10.0.0.2")).toBe(401);
  });

  it("pays for a token that was good and is no more", async () => {
    good = [token({ jti: "good once" })];
    const [revoked = ""] = good;
    expect(await statusOf(revoked)).toBe(200);
    good = [];
    await clock.advance(10_000);
    expect(await statusOf(revoked)).toBe(401);
    expect(await flood(burst)).toEqual(Array(burst).fill(401));
    await clock.advance(1000);
    expect([await statusOf(revoked), await statusOf(garbage())]).toEqual([401, 429]);
  });
});
