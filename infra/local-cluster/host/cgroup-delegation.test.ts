import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  delegateControllers,
  delegatedControllers,
  delegationGroups,
  withdrawControllers,
} from "./cgroup-delegation.ts";
import { words } from "./cgroup-version.ts";
import { parseMounts } from "./mounts.ts";

/** A v2 hierarchy of this machine, be it beside v1, with a controller that takes no group with processes. */
function hierarchy(): { readonly top: string; readonly controller: string } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const mounts = parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
  const top = mounts.findLast(({ type, readOnly }) => type === "cgroup2" && !readOnly)?.point;
  if (top === undefined || existsSync(join(top, "cgroup.type"))) return undefined;
  const available = words(readFileSync(join(top, "cgroup.controllers"), "utf8"));
  const controller = ["hugetlb", "memory", "io"].find((each) => available.includes(each));
  return controller === undefined ? undefined : { top, controller };
}

const found = hierarchy();

describe.skipIf(found === undefined)("a group of this machine's kernel that stands for a container's own", () => {
  const { top, controller } = found ?? { top: "", controller: "" };
  const root = join(top, `edge-delegation-${process.pid}`);
  const options = { root, controllers: [controller] };
  const control = join(top, "cgroup.subtree_control");
  let given: boolean;
  let inside: ChildProcess;
  const processesIn = (group: string) => words(readFileSync(join(group, "cgroup.procs"), "utf8")).map(Number);

  beforeEach(() => {
    given = delegatedControllers(top).includes(controller);
    if (!given) writeFileSync(control, `+${controller}`);
    mkdirSync(root);
    inside = spawn("sleep", ["600"], { stdio: "ignore" });
    writeFileSync(join(root, "cgroup.procs"), String(inside.pid));
  });
  afterEach(async () => {
    const ended = new Promise((resolve) => inside.once("close", resolve));
    inside.kill("SIGKILL");
    await ended;
    for (const group of [...delegationGroups(root), root]) rmdirSync(group);
    if (!given) writeFileSync(control, `-${controller}`);
  });

  it("gives controllers to groups in it, which the kernel refuses while processes are in it", () => {
    const give = () => writeFileSync(join(root, "cgroup.subtree_control"), `+${controller}`);
    expect(give).toThrow(/EBUSY|EOPNOTSUPP|ENOTSUP/);
    delegateControllers(options);
    expect(delegatedControllers(root)).toEqual([controller]);
    expect(processesIn(root)).toEqual([]);
    expect(delegationGroups(root).flatMap(processesIn)).toEqual([inside.pid]);
    // As runc does for a container.
    mkdirSync(join(root, "k8s.io"));
    const available = words(readFileSync(join(root, "k8s.io", "cgroup.controllers"), "utf8"));
    rmdirSync(join(root, "k8s.io"));
    expect(available).toEqual([controller]);
  });

  it("is as it was afterwards, and nothing is done twice", () => {
    const before = delegatedControllers(root);
    delegateControllers(options);
    delegateControllers(options);
    withdrawControllers(before, options);
    withdrawControllers(before, options);
    expect(delegatedControllers(root)).toEqual([]);
    expect(processesIn(root)).toEqual([inside.pid]);
    expect(delegationGroups(root)).toEqual([]);
  });

  it("keeps what it gave before", () => {
    const rest = join(root, "rest");
    mkdirSync(rest);
    writeFileSync(join(rest, "cgroup.procs"), String(inside.pid));
    writeFileSync(join(root, "cgroup.subtree_control"), `+${controller}`);
    const before = delegatedControllers(root);
    delegateControllers(options);
    expect(delegationGroups(root)).toEqual([]);
    withdrawControllers(before, options);
    expect(delegatedControllers(root)).toEqual([controller]);
    writeFileSync(join(root, "cgroup.subtree_control"), `-${controller}`);
    writeFileSync(join(root, "cgroup.procs"), String(inside.pid));
    rmdirSync(rest);
  });
});
