import { dirname } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { administratorOf } from "../integration/check/installation.ts";
import { bad, expectNamed } from "../integration/check-before/named.ts";
import { situations } from "../integration/check-before/situations.ts";
import { startWorkstation, type Workstation } from "../integration/check-before/workstation.ts";

const minute = 60_000;
let workstation: Workstation;

beforeAll(async () => {
  const target = administratorOf(inject("kubeconfig"));
  workstation = await startWorkstation(target, "edge-check-before", { dnsPorts: [53, 10053] });
}, minute);
afterEach(() => workstation.repair());
afterAll(() => workstation?.stop());

const usual = () => ({ env: { PATH: dirname(inject("kubectl")) } });

describe("edgectl check --pre, of a cluster in which installations run", { timeout: 2 * minute }, () => {
  it.each(situations.filter(({ ofOnlyNode }) => ofOnlyNode === undefined))("names cause and fix where $name", (one) =>
    expectNamed(workstation, usual(), one),
  );

  it("says nothing wrong once all of that is undone", async () => {
    expect(bad(await workstation.check(usual()))).toEqual([]);
  });
});
