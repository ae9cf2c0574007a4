import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { readManifests } from "../../infra/rbac/source/manifests.ts";
import { binding } from "../../infra/rbac/test/sources.ts";
import "../support/provided.ts";
import { appliedObjects } from "./rbac/spelling/seen.ts";

/** Where a grant may lie; which of these kubectl reads is kubectl's to say. */
const files = [
  ...[
    "a.yaml",
    "b.yml",
    "c.json",
    ".yaml",
    ".json",
    ".hidden.yaml",
    "d.yaml.yaml",
    "e..yml",
    " f.yaml",
    "g\n.yaml",
    "ü.yaml",
  ],
  ...["h.YAML", "i.yaml~", "j.yaml.bak", "k.jsonl", "l.txt", "yaml", "m", "n.yaml "],
  ...[
    "deep/er/o.yaml",
    ".hidden/p.yaml",
    "q.yaml/r.yaml",
    ".github/s.yml",
    "templates/t.yaml",
    "crds/u.yaml",
    "..v/w.yaml",
  ],
  ...["node_modules/x.yaml", "deep/node_modules/y/z.json", ".git/aa.yaml", "vendor/.git/bb.yaml", ".gitmodules.yaml"],
  ...["kustomization.yaml", "deep/kustomization.yml", "Kustomization", "charts/x/Chart.yaml", ".argocd-source.yaml"],
];
const grantOf = (index: number) => `grant-${index}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-folder-"));
  for (const [index, file] of files.entries()) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    const grant = binding(grantOf(index), "ClusterRole/view", ["user:mallory"]);
    await writeFile(join(folder, file), grant);
  }
  await mkdir(join(folder, "other"));
  const linked = binding("linked", "ClusterRole/view", ["user:mallory"]);
  await writeFile(join(folder, "other/linked.txt"), linked);
  await symlink("other/linked.txt", join(folder, "linked.yaml"));
  await writeFile(join(folder, "other/in-a-folder.txt"), linked.replace("linked", "in-a-folder"));
  await symlink("../other", join(folder, "deep/link"));
});
afterAll(() => rm(folder, { recursive: true }));

it("sees what kubectl -R would make of a folder, whatever a file is called and wherever it lies", async () => {
  const server = await appliedObjects(inject("kubectl"), inject("kubeconfig"), folder);
  const made = server.bindings.map(({ name }) => name);
  const [cluster] = (await readManifests(folder)).clusters;
  const seen = new Set(cluster?.bindings.map(({ name }) => name));
  const unresolved = new Set(cluster?.unresolved.map(({ origin }) => relative(folder, origin.file ?? "")));
  const isUnresolved = (name: string) =>
    unresolved.has(files[files.findIndex((_, index) => grantOf(index) === name)] ?? "");
  expect(made.filter((name) => !seen.has(name) && !isUnresolved(name))).toEqual([]);
  // What is not applied proves nothing.
  expect(made).toContain("linked");
  expect(made.length).toBeGreaterThan(20);
  expect(made.filter((name) => !seen.has(name)).length).toBeLessThan(6);
});
