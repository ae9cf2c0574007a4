import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { componentNames } from "./cluster-components.ts";
import { writeState } from "./cluster-state.ts";
import { bootId } from "./host/system.ts";
import { layoutOf } from "./layout.ts";
import { recordOf, writeRecord } from "./process/process-record.ts";
import { clusterStatus } from "./status.ts";

const layout = layoutOf(temporaryDirectory());
const options = { directory: layout.directory };

describe("clusterStatus", () => {
  it("finds nothing in an empty directory", async () => {
    const status = await clusterStatus(options);
    expect(status).toMatchObject({ running: false });
    expect(status.components).toEqual(componentNames.map((name) => ({ name, running: false })));
  });

  it("finds a cluster of which a part has ended not running, and tells which part runs", async () => {
    writeState(layout, { kind: "cluster", bootId: bootId(), binaries: "/cache", port: 6443, ipFamilies: "ipv4" });
    const own = recordOf(process.pid);
    if (own) writeRecord(layout.processRecord("etcd"), own);
    writeRecord(layout.processRecord("kubelet"), { pid: process.pid, startTime: "1" });
    const status = await clusterStatus(options);
    expect(status.running).toBe(false);
    expect(status.cluster).toBeUndefined();
    expect(status.components.find(({ name }) => name === "etcd")).toEqual({
      name: "etcd",
      pid: process.pid,
      running: true,
    });
    expect(status.components.find(({ name }) => name === "kubelet")).toEqual({ name: "kubelet", running: false });
  });
});
