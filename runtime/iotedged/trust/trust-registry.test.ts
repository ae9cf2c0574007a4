import { expect, test, vi } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { parseRecord, recordText } from "./record-store.ts";
import { createTrustRegistry } from "./trust-registry.ts";

test("what the record in the cluster has already is no change, in whatever order its keys are", () => {
  const clock = new FakeClock();
  const onChange = vi.fn();
  const registry = createTrustRegistry({ clock, onChange });
  const issuer = { ca: "c".repeat(16), root: "r".repeat(16) };
  const replica = { serving: { ...issuer, notAfter: 2 }, ...issuer, caNotAfter: 1, bundle: "b".repeat(64) };
  registry.setReplica("iotedged-0", replica);
  expect(onChange).toHaveBeenCalledTimes(1);
  registry.merge(parseRecord(recordText(registry.record)));
  const again = Object.fromEntries(Object.entries(replica).reverse()) as typeof replica;
  registry.setReplica("iotedged-0", again);
  expect(onChange).toHaveBeenCalledTimes(1);
});
