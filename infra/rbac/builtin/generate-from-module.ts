/**
 * Writes the data file of another version, from the lists that Kubernetes keeps of its own bootstrap policy:
 * `node infra/rbac/builtin/generate-from-module.ts 1.35 MODULE`, where MODULE is the folder of the Go module
 * k8s.io/kubernetes (`go mod download -json k8s.io/kubernetes@v1.35.0` tells it). For 1.36 the outcome is, object for
 * object, what a real API server of that version has.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { dataFile, trim } from "./trim.ts";

const [version = "", module = ""] = process.argv.slice(2);
const folder = join(module, "plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata");
const files = [
  "cluster-roles",
  "controller-roles",
  "cluster-role-bindings",
  "controller-role-bindings",
  "namespace-roles",
  "namespace-role-bindings",
];
const lists = await Promise.all(files.map(async (file) => parse(await readFile(join(folder, `${file}.yaml`), "utf8"))));
const items = lists.flatMap((list: { items: { kind: string; metadata: object }[] }) =>
  list.items.map((item) => trim(item.kind, item)),
);
await writeFile(new URL(`${version}.json`, import.meta.url), dataFile(items));
