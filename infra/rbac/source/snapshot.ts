import Type from "typebox";
import { Check, Errors } from "typebox/schema";
import { markBuiltin } from "../builtin/builtin-objects.ts";
import { Collector } from "../collect/collector.ts";
import { tokenSecretManifest, workloadManifest } from "../collect/read-holder.ts";
import { rbacErrors } from "../errors.ts";
import type { Binding, ClusterObjects, Role, ServiceAccountRef } from "../model/objects.ts";
import { readBoundedFile } from "./read-file.ts";
import type { Source } from "./source.ts";
import { parseText } from "./text/parse-text.ts";

const kind = "RbacSnapshot";
const text = Type.String();
const SnapshotSchema = Type.Object({
  kind: Type.Literal(kind),
  version: Type.Literal(1),
  title: text,
  clusters: Type.Array(
    Type.Object({
      name: text,
      complete: Type.Boolean(),
      items: Type.Array(Type.Unknown()),
      unresolved: Type.Array(
        Type.Object({
          reason: Type.Enum([
            "secret",
            "unknown",
            "missing-role",
            "aggregation-cycle",
            "unknown-api-version",
            "opaque",
            "unreadable",
          ]),
          object: text,
          path: text,
          detail: text,
          identity: text,
          content: Type.Optional(text),
        }),
      ),
    }),
  ),
});

/** A source as a file, to be compared with later states. Holds no more than RBAC objects, and names: of ServiceAccounts, workloads and token Secrets. */
export function writeSnapshot({ title, clusters }: Source): string {
  const content = {
    kind,
    version: 1,
    title,
    clusters: clusters.map((objects) => ({
      name: objects.cluster,
      complete: objects.complete,
      items: [
        ...objects.roles.map(roleManifest),
        ...objects.bindings.map(bindingManifest),
        ...objects.serviceAccounts.map(accountManifest),
        ...objects.workloads.map(workloadManifest),
        ...objects.tokenSecrets.map(tokenSecretManifest),
      ],
      unresolved: objects.unresolved.map(({ origin: _, ...one }) => one),
    })),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** @throws EDGE_RBAC_SNAPSHOT_FORMAT and errors of the {@link Collector} */
export async function readSnapshot(file: string): Promise<Source> {
  const [document] = parseText(await readBoundedFile(file), file);
  const content = document?.content;
  if (!Check(SnapshotSchema, content)) {
    const [, [error]] = Errors(SnapshotSchema, content);
    const problem = `${error?.instancePath || "the file"} ${error?.message ?? "has a wrong shape"}`;
    throw rbacErrors.EDGE_RBAC_SNAPSHOT_FORMAT({ file, problem });
  }
  const clusters = content.clusters.map(({ name, complete, items, unresolved }): ClusterObjects => {
    const collector = new Collector({ cluster: name, complete });
    for (const item of items) collector.add(item, { origin: { file }, identity: file });
    const objects = markBuiltin(collector.objects());
    return {
      ...objects,
      unresolved: [...objects.unresolved, ...unresolved.map((one) => ({ ...one, origin: { file } }))],
    };
  });
  return { title: `${content.title} (snapshot)`, clusters };
}

const apiVersion = "rbac.authorization.k8s.io/v1";
function metadataOf({ namespace, name }: Role | Binding) {
  return { name, ...(namespace === "" ? {} : { namespace }) };
}

function roleManifest(role: Role): object {
  const metadata = { ...metadataOf(role), labels: role.labels };
  const aggregation =
    role.aggregation === undefined ? {} : { aggregationRule: { clusterRoleSelectors: role.aggregation } };
  return { apiVersion, kind: role.kind, metadata, rules: role.rules, ...aggregation };
}

function bindingManifest(binding: Binding): object {
  const subjects = binding.subjects.map(({ kind, namespace, name }) =>
    namespace === "" ? { kind, name } : { kind, namespace, name },
  );
  return { apiVersion, kind: binding.kind, metadata: metadataOf(binding), roleRef: binding.roleRef, subjects };
}

const accountManifest = ({ namespace, name }: ServiceAccountRef) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, namespace },
});
