import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  firstRoots,
  formatRoots,
  parseRoots,
  type RootState,
  rootStates,
  rootsProblems,
  type TrustRoot,
} from "./roots.ts";
import { type DeclaredTrust, skippedSteps } from "./skipped-steps.ts";

const trust = (roots: string, workloadCa = "w1", trustedCas: readonly string[] = []): DeclaredTrust => ({
  roots: parseRoots(roots) ?? [],
  workloadCa,
  trustedCas,
});
const reasons = (deployed: DeclaredTrust, declared: DeclaredTrust) =>
  skippedSteps(deployed, declared).map(({ reason }) => reason);

describe("roots", () => {
  it("are one text, and read back as they were", () => {
    const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
    const roots = fc.uniqueArray(fc.record({ id, state: fc.constantFrom(...rootStates) }), {
      selector: (root) => root.id,
    });
    fc.assert(
      fc.property(roots, (given) => {
        expect(parseRoots(formatRoots(given))).toEqual(given);
      }),
    );
  });

  it("are not read from anything else", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = parseRoots(text);
        if (read !== undefined) expect(formatRoots(read)).toBe(text);
      }),
    );
    for (const text of ["r1", "r1=old", "=next", "r1=next,r1=active", "R1=active"])
      expect(parseRoots(text)).toBeUndefined();
  });

  it.each([
    ["r1=active", false, 0],
    ["r1=next", false, 1],
    ["r1=active,r2=active", false, 1],
    ["", true, 0],
    ["r1=retired", true, 0],
  ])("%s, with a CA of the user's own: %s, has %s problems", (text, ownCa, count) => {
    expect(rootsProblems(parseRoots(text) ?? [], ownCa)).toHaveLength(count);
  });
});

describe("the way out of a refused step", () => {
  it("is never to revoke or to replace a root that works", () => {
    const states = ["", "r1=next", "r1=active", "r1=retired", "r1=revoked"];
    const ways = states.flatMap((from) =>
      states.flatMap((to) => skippedSteps(trust(from), trust(to)).map(({ remedy }) => ({ from, to, remedy }))),
    );
    expect(ways).toHaveLength(8);
    for (const { from, remedy } of ways) if (from !== "r1=revoked") expect(remedy).not.toMatch(/revoke|replace/);
    expect(ways).toContainEqual({
      from: "",
      to: "r1=active",
      remedy: "Deploy r1 as next first, or let `edgectl trust rotate` take the steps.",
    });
  });
});

describe("skippedSteps", () => {
  it.each([
    ["r1=active", "r1=active,r2=next"],
    ["r1=active,r2=next", "r1=retired,r2=active"],
    ["r1=active,r2=next", "r1=active"],
    ["r1=retired,r2=active", "r2=active"],
    ["r1=retired,r2=active", "r1=active,r2=retired"],
    ["r1=active", "r1=revoked,r2=active"],
    ["r1=active,r2=next", "r1=revoked,r2=active"],
    ["r1=revoked,r2=active", "r2=active"],
  ])("lets %s become %s", (from, to) => expect(reasons(trust(from), trust(to))).toEqual([]));

  it.each([
    ["r1=active", "r2=active", "root r1 is active and may not become absent"],
    ["r1=active", "r1=retired,r2=active", "root r2 is absent and may not become active"],
    ["r1=active,r2=next", "r2=active", "root r1 is active and may not become absent"],
    ["r1=active,r2=next", "r1=next,r2=active", "root r1 is active and may not become next"],
    ["r1=revoked,r2=active", "r1=retired,r2=active", "its key is known to be in wrong hands"],
    ["r1=revoked,r2=active", "r1=active,r2=retired", "its key is known to be in wrong hands"],
    ["r1=active", "r1=revoked,r2=active,r3=retired", "root r3 is absent and may not become retired"],
  ])("keeps %s from becoming %s", (from, to, reason) => {
    expect(reasons(trust(from), trust(to)).join()).toContain(reason);
  });

  it("lets a CA of the user's own issue only below what is trusted already", () => {
    const own = "secret:ours";
    expect(reasons(trust("r1=active"), trust("r1=retired", own, ["a"]))).toHaveLength(1);
    expect(reasons(trust("r1=active", "w1", ["a"]), trust("r1=retired", own, ["a"]))).toEqual([]);
    expect(reasons(trust("r1=active", "w1", ["a"]), trust("", own, ["a"]))).not.toEqual([]);
    expect(reasons(trust("r1=retired", own, ["a"]), trust("r1=active", "w1", []))).not.toEqual([]);
    expect(reasons(trust("", own, ["a"]), trust("r1=active", "w1", ["a"]))).not.toEqual([]);
    expect(reasons(trust("r1=next", own, ["a"]), trust("r1=active", "w1", ["a"]))).toEqual([]);
  });
});

/**
 * A client verifies a certificate when the root above it is in the client's bundle. Deployments are followed by
 * everybody in any order, so a client may have the bundle of now or of the deployment before, and a server a certificate
 * of now or of the one before.
 */
describe("any sequence of changes", () => {
  const state = fc.constantFrom<RootState>("next", "active", "retired");
  const declared: fc.Arbitrary<readonly TrustRoot[]> = fc.uniqueArray(
    fc.record({ id: fc.constantFrom("r1", "r2", "r3"), state }),
    { selector: ({ id }) => id, maxLength: 3 },
  );

  it("either is refused, or leaves every certificate in use below a CA of every bundle in use", () => {
    fc.assert(
      fc.property(fc.array(declared, { maxLength: 30 }), (changes) => {
        let deployed: readonly TrustRoot[] = firstRoots;
        for (const roots of changes) {
          if (rootsProblems(roots, false).length > 0) continue;
          const [from, to] = [deployed, roots].map((one) => ({ roots: one, workloadCa: "w1", trustedCas: [] }));
          if (from === undefined || to === undefined || skippedSteps(from, to).length > 0) continue;
          const issuers = [deployed, roots].map((one) => one.find((root) => root.state === "active")?.id);
          for (const bundle of [deployed, roots].map((one) => one.map(({ id }) => id))) {
            for (const issuer of issuers) expect(bundle).toContain(issuer);
          }
          deployed = roots;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
