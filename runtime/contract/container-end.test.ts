import { describe, expect, it } from "vitest";
import { describeEnd, inUnits, isStartFailure } from "./container-end.ts";

describe("how a container ended", () => {
  it.each([
    [{ exitCode: 137, reason: "OOMKilled" }, "20971520", "OOMKilled: memory limit 20 MiB, exit code 137"],
    [{ exitCode: 137, reason: "OOMKilled" }, undefined, "OOMKilled: its node had no more memory, exit code 137"],
    [{ exitCode: 3, reason: "Error" }, undefined, "exit code 3"],
    [{ exitCode: 139, reason: "Error" }, undefined, "exit code 139 (SIGSEGV)"],
    [{ exitCode: 0, reason: "Completed" }, undefined, "exit code 0"],
    [{ exitCode: 1, reason: "DeadlineExceeded" }, undefined, "DeadlineExceeded: exit code 1"],
    [{ exitCode: 128, reason: "StartError", message: "" }, undefined, "StartError: no reason given, exit code 128"],
  ])("%j with limit %s is %s", (end, limit, text) => {
    expect(describeEnd(end, limit)).toBe(text);
  });

  it("is told without what the runtime says of itself", () => {
    const message =
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory: unknown';
    const end = { exitCode: 128, reason: "StartError", message };
    expect(isStartFailure(end)).toBe(true);
    expect(describeEnd(end)).toBe(
      'StartError: exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory, exit code 128',
    );
  });
});

describe("inUnits", () => {
  it.each([
    ["20971520", "20 MiB"],
    ["20Mi", "20 MiB"],
    ["1536", "1536 bytes"],
    ["1073741824", "1 GiB"],
    ["0", "0 bytes"],
    ["128974848m", "128974848m"],
  ])("%s is %s", (quantity, text) => expect(inUnits(quantity)).toBe(text));
});
