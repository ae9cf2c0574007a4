import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Lease } from "../../runtime/shared/leader-election/lease.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

interface Change {
  readonly identity: string;
  readonly at: number;
  readonly leads: boolean;
}

let namespace: TestNamespace;
let owner: string;
const changes: Change[] = [];
const processes = new Map<string, ChildProcess>();

function startCandidate(identity: string): void {
  const program = new URL("./leader-election/candidate.ts", import.meta.url).pathname;
  const process_ = spawn(process.execPath, [program, inject("kubeconfig"), namespace.name, identity, owner], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: process_.stdout }).on("line", (line) => void changes.push(JSON.parse(line)));
  processes.set(identity, process_);
}

async function end(identity: string, signal: NodeJS.Signals): Promise<number> {
  const process_ = processes.get(identity);
  processes.delete(identity);
  if (process_ === undefined || process_.exitCode !== null) return Date.now();
  const exited = once(process_, "exit");
  process_.kill(signal);
  await exited;
  return Date.now();
}

const leaderAfter = (at: number) =>
  waitFor("a leader", () => changes.find((change) => change.leads && change.at >= at));
const lease = () =>
  namespace.client.call<Lease>({
    verb: "get",
    path: namespace.path("apis/coordination.k8s.io/v1", "leases", "candidates"),
  });

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-election");
  const path = namespace.path("api/v1", "serviceaccounts", "iotedged");
  owner = (await namespace.client.call<Lease>({ verb: "get", path })).metadata.uid ?? "";
});

afterAll(async () => {
  for (const identity of [...processes.keys()]) await end(identity, "SIGKILL");
  await namespace?.remove();
});

it("passes to the other when the leader is killed, and at once when it is told to end", async () => {
  startCandidate("one");
  await leaderAfter(0);
  startCandidate("two");
  const taken = await waitFor("the Lease", lease);
  expect(taken.metadata).toMatchObject({
    labels: { test: "election" },
    ownerReferences: [{ kind: "ServiceAccount", uid: owner }],
  });
  expect(taken.spec).toMatchObject({ holderIdentity: "one", leaseTransitions: 0 });

  const killed = await end("one", "SIGKILL");
  const second = await leaderAfter(killed);
  expect(second.identity).toBe("two");
  // The Lease runs for 15 s from its last renewal, which a busy machine may have been late with.
  expect(second.at - killed).toBeGreaterThan(5000);

  startCandidate("three");
  await waitFor("a renewal", async () => ((await lease()).spec?.holderIdentity === "two" ? true : undefined));
  await end("two", "SIGTERM");
  expect((await lease()).spec?.holderIdentity).not.toBe("two");
  const third = await leaderAfter(second.at + 1);
  expect(third.identity).toBe("three");
  expect((await lease()).spec).toMatchObject({ holderIdentity: "three", leaseTransitions: 2 });
  const terms = changes.map(({ identity, leads }) => `${identity} ${leads ? "begins" : "ends"}`);
  expect(terms).toEqual(["one begins", "two begins", "two ends", "three begins"]);
});
