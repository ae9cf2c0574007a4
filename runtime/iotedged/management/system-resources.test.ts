import { describe, expect, it } from "vitest";
import { createSystemResources, type Machine, thisMachine } from "./system-resources.ts";

describe("system resources", () => {
  it("are the node's own, and of its processors what was used since the call before", () => {
    let processor = { idle: 100, total: 200 };
    const machine: Machine = {
      kernel: () => "6.12.9",
      processors: () => 4,
      nodeUptime: () => 5000.7,
      processUptime: () => 12.3,
      totalMemory: () => 1000,
      availableMemory: () => 400,
      processorTime: () => processor,
    };
    const resources = createSystemResources(machine);
    processor = { idle: 175, total: 300 };
    expect(resources()).toEqual({
      host_uptime: 5000,
      process_uptime: 12,
      used_cpu: 25,
      used_ram: 600,
      total_ram: 1000,
      disks: [],
      docker_stats: "",
    });
    expect(resources().used_cpu).toBe(0);
  });

  it("can be had from this machine", () => {
    const { used_ram, total_ram, host_uptime } = createSystemResources(thisMachine)();
    expect(used_ram).toBeGreaterThan(0);
    expect(used_ram).toBeLessThan(total_ram);
    expect(host_uptime).toBeGreaterThan(0);
  });
});
