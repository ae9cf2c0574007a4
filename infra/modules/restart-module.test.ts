import { expect, it } from "vitest";
import { labels } from "#contract";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { findModule } from "./find-module.ts";
import { restartModule } from "./restart-module.ts";

const namespace = "edge-a";

it("ends the pods of a module, and instead of a Job's pods the Job", async () => {
  const cluster = new FakeCluster();
  const pod = (module: string, name: string, ownerReferences: object[] = []) =>
    cluster.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace, name, labels: { [labels.module]: module }, ownerReferences },
    });
  const job = cluster.put({ apiVersion: "batch/v1", kind: "Job", metadata: { namespace, name: "report" } });
  const ofJob = [{ kind: "Job", name: "report", uid: job.metadata.uid }];
  pod("sensor", "sensor-1");
  pod("sensor", "sensor-2");
  pod("report", "report-1", ofJob);
  pod("report", "report-2", ofJob);
  for (const module of ["sensor", "report"])
    await restartModule(cluster, await findModule(cluster, module, [namespace]));
  expect(cluster.log).toEqual([
    "delete Pod edge-a/sensor-1",
    "delete Pod edge-a/sensor-2",
    "delete Job.batch edge-a/report",
  ]);
});
