import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runProgram } from "../../../test/support/run-program.ts";
import { shellEnvironment } from "./cluster.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-env-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it.each(["plain", "Ada's $(id) folder"])("a shell finds kubectl and kubeconfig in a folder called %s", async (name) => {
  const folder = join(directory, name);
  const kubectl = join(folder, "kubectl");
  await mkdir(folder);
  await writeFile(kubectl, '#!/bin/sh\necho "$KUBECONFIG"\n', { mode: 0o755 });
  const script = join(folder, "env.sh");
  await writeFile(script, shellEnvironment({ kubeconfig: join(folder, "kubeconfig"), kubectl }).join(""));
  // The shell has a program already that lies beside kubectl, too, and none other: the machine may have a kubectl.
  const bin = join(folder, "bin");
  await mkdir(bin);
  for (const place of [bin, folder]) await writeFile(join(place, "etcd"), "", { mode: 0o755 });
  const told = '. "$1"; command -v kubectl; kubectl; command -v etcd';
  const { stdout } = await runProgram("/bin/sh", ["-c", told, "sh", script], { env: { PATH: bin } });
  expect(stdout.split("\n")).toEqual([kubectl, join(folder, "kubeconfig"), join(bin, "etcd"), ""]);
});
