import type { V1TokenReviewStatus } from "@kubernetes/client-node";
import fc from "fast-check";
import { expect, it } from "vitest";
import { annotations } from "#contract";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { audience, unsignedToken, vouch } from "../../../test/fakes/token-review.ts";
import { kubernetesErrors } from "../../shared/kubernetes/errors.ts";
import { pods, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import { createMetrics } from "../metrics.ts";
import { createAuthenticator } from "./authenticator.ts";
import { trackRevokedPods } from "./revoked-pods.ts";
import { createServiceAccountDirectory } from "./service-accounts.ts";

/** How the API server behaves: it answers, answers nothing, refuses iotedged itself, or keeps it waiting for ever. */
const modes = ["up", "down", "forbidden", "silent"] as const;
type Mode = (typeof modes)[number];

type Step =
  | { readonly mode: Mode }
  /** Milliseconds. */
  | { readonly wait: number }
  /** Index of the token that is shown. */
  | { readonly show: number };

const [cacheSeconds, staleSeconds] = [10, 60];
const longestTrust = (cacheSeconds + staleSeconds) * 1000;
/** Of each token, in milliseconds: from one that ends inside the time that a review counts to one that outlives it all. */
const lives = [1500, 9000, 25_000, 65_000, 3_600_000];

const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ mode: fc.constantFrom(...modes) }) },
    { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 80_000 }) }) },
    { weight: 6, arbitrary: fc.record({ show: fc.integer({ min: 0, max: lives.length - 1 }) }) },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<Step[]>;

/** What an outage of the API server is about: a known token is still taken. */
const outage: Step[] = [{ show: 4 }, { mode: "down" }, { wait: (cacheSeconds + 1) * 1000 }, { show: 4 }];

/** A world with one module that has a token of each life, and an API server that a test turns on and off. */
function createWorld() {
  const clock = new FakeClock();
  const store = new FakeObjectStore("edge-a");
  const metadata = { name: "sensor", uid: "uid-sensor", annotations: { [annotations.moduleId]: "sensor" } };
  store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  const ends = lives.map((life) => clock.now() + life);
  const tokens = ends.map((end, index) => unsignedToken({ exp: end / 1000, jti: String(index) }));
  /** When the API server last vouched for a token. */
  const vouched = new Map<string, number>();
  let mode: Mode = "up";

  async function review(token: string): Promise<V1TokenReviewStatus> {
    if (mode === "silent") return new Promise(() => {});
    if (mode === "down") throw new Error("no connection");
    if (mode === "forbidden") {
      throw kubernetesErrors.EDGE_KUBERNETES_FORBIDDEN({ verb: "create", path: "/", status: 403 });
    }
    if (clock.now() >= (ends[tokens.indexOf(token)] ?? 0)) return { authenticated: false };
    vouched.set(token, clock.now());
    return vouch();
  }

  const authenticator = createAuthenticator({
    audience,
    namespace: "edge-a",
    cacheSeconds,
    staleSeconds,
    reviewer: { review },
    serviceAccounts: createServiceAccountDirectory({ informer: store.informer(serviceAccounts), store }),
    revokedPods: trackRevokedPods({ pods: store.informer(pods), clock, longestTrust }),
    clock,
    metrics: createMetrics(),
    onRefused: () => {},
    onError: () => {},
    onOutage: () => {},
  });

  /** Shows a token, and waits longer than anybody with a known one has to. */
  async function show(token: string): Promise<{ readonly accepted: boolean; readonly at: number }> {
    let at: number | undefined;
    let accepted = false;
    const settle = (result: boolean) => {
      accepted = result;
      at = clock.now();
    };
    Promise.resolve()
      .then(() => authenticator.authenticate(["Authorization", `Bearer ${token}`], { remoteAddress: "10.0.0.1" }))
      .then(
        () => settle(true),
        () => settle(false),
      );
    await clock.advance(0);
    if (at === undefined) await clock.advance(1000);
    return { accepted, at: at ?? clock.now() };
  }

  return {
    clock,
    ends,
    tokens,
    vouched,
    show,
    setMode: (next: Mode) => {
      mode = next;
    },
  };
}

it("however an API server comes and goes, a token is taken before its end alone, for a time after it was vouched for", async () => {
  let stale = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const { clock, ends, tokens, vouched, show, setMode } = createWorld();
      for (const step of run) {
        if ("mode" in step) setMode(step.mode);
        else if ("wait" in step) await clock.advance(step.wait);
        else {
          const token = tokens[step.show] ?? "";
          const { accepted, at } = await show(token);
          if (!accepted) continue;
          const since = at - (vouched.get(token) ?? Number.NEGATIVE_INFINITY);
          if (since > cacheSeconds * 1000) stale++;
          expect(at).toBeLessThan(ends[step.show] ?? 0);
          expect(since).toBeLessThan(longestTrust);
        }
      }
    }),
    { numRuns: 500, examples: [[outage]] },
  );
  expect(stale).toBeGreaterThan(0);
});

it.each(["down", "forbidden", "silent"] as const)(
  "a token of a known pod that was never shown before is not taken while the API server is %s",
  async (mode) => {
    const { clock, tokens, show, setMode } = createWorld();
    const [, , , known = "", unknown = ""] = tokens;
    expect((await show(known)).accepted).toBe(true);
    setMode(mode);
    await clock.advance(cacheSeconds * 1000);
    expect((await show(known)).accepted).toBe(true);
    for (let time = 0; time < longestTrust; time += 5000) {
      expect((await show(unknown)).accepted).toBe(false);
      await clock.advance(5000);
    }
  },
);
