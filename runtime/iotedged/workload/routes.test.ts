import fc from "fast-check";
import { Value } from "typebox/value";
import { expect, it } from "vitest";
import { canonicalHost } from "#contract";
import { workloadRoutes } from "./routes.ts";

const { commonName } = workloadRoutes["workload.certificate.server"].body.properties;

it("the schema of a common name allows the hosts that a certificate can name, and no other text", () => {
  const text = fc.stringMatching(/^[A-Za-z0-9_.:%-]{0,70}$/);
  const long = fc.constantFrom("a".repeat(63), "a".repeat(64), "a.".repeat(126).slice(0, -1), `${"a.".repeat(126)}ab`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), text, long, fc.domain(), fc.ipV4(), fc.ipV6()), (host) => {
      expect(Value.Check(commonName, host)).toBe(canonicalHost(host) !== undefined);
    }),
    { numRuns: 2000 },
  );
});
