import { KubeConfig } from "@kubernetes/client-node";
import { monotonicClock } from "../../../runtime/base/clock.ts";
import { createApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { joinElection } from "../../../runtime/shared/leader-election/leader-election.ts";
import { createLeaseStore } from "../../../runtime/shared/leader-election/lease.ts";
import { createLogger } from "../../../runtime/shared/logger.ts";

/** A process of its own that wants to lead: tells on stdout when it begins and ends to. */
const [kubeconfig = "", namespace = "", identity = "", owner = ""] = process.argv.slice(2);
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(kubeconfig);
const client = createApiClient({ kubeConfig, timeoutMilliseconds: 5000 });
const keepAlive = setInterval(() => {}, 60_000);
const election = joinElection({
  leases: createLeaseStore({
    client,
    namespace,
    name: "candidates",
    labels: { test: "election" },
    owner: { apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: owner },
  }),
  identity,
  lead: async ({ ended }) => {
    process.stdout.write(`${JSON.stringify({ identity, at: Date.now(), leads: true })}\n`);
    await ended;
    process.stdout.write(`${JSON.stringify({ identity, at: Date.now(), leads: false })}\n`);
  },
  clock: monotonicClock,
  random: Math.random,
  log: createLogger({ component: "candidate", level: "silent" }),
});
process.once("SIGTERM", async () => {
  await election.stop();
  await client.close();
  clearInterval(keepAlive);
});
