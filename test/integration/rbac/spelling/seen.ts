import { execFile } from "node:child_process";
import { Collector } from "../../../../infra/rbac/collect/collector.ts";
import { type Binding, type ClusterObjects, describeObject, type Role } from "../../../../infra/rbac/model/objects.ts";
import { PermissionSet, permissionKey, permissionsOf } from "../../../../infra/rbac/model/permission.ts";
import { describeSubject } from "../../../../infra/rbac/model/subject.ts";

/** What the API server would make of a file, or of all below a folder: `kubectl apply -R` as a dry run in it, strict. */
export async function appliedObjects(kubectl: string, kubeconfig: string, file: string): Promise<ClusterObjects> {
  const flags = [
    "--server-side",
    "--dry-run=server",
    "--validate=strict",
    "--force-conflicts",
    "--recursive",
    "--output=json",
  ];
  const output = await new Promise<string>((resolve, reject) => {
    const args = ["--kubeconfig", kubeconfig, "apply", ...flags, "--filename", file];
    // It ends with an error where it refuses one of several documents, and prints what it takes all the same.
    execFile(kubectl, args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve(stdout);
    });
  });
  const collector = new Collector({ cluster: "server" });
  if (output.trim() !== "") collector.add(JSON.parse(output), { origin: {}, identity: "" });
  return collector.objects();
}

/** Grants that the API server would make and that are missing in what the tool has read. */
export function missingGrants(server: ClusterObjects, tool: ClusterObjects): string[] {
  return [
    ...server.roles.flatMap((role) => missingOfRole(role, tool.roles)),
    ...server.bindings.flatMap((binding) => missingOfBinding(binding, tool.bindings)),
  ];
}

function missingOfRole(role: Role, known: readonly Role[]): string[] {
  const name = describeObject(role);
  const own = new PermissionSet(
    known.filter((one) => describeObject(one) === name).flatMap(({ rules }) => rules.flatMap(permissionsOf)),
  );
  const wanted = role.rules.flatMap(permissionsOf).map(permissionKey);
  return wanted.filter((permission) => !own.has(permission)).map((permission) => `${name}: ${permission}`);
}

function missingOfBinding(binding: Binding, known: readonly Binding[]): string[] {
  const describe = ({ roleRef, subjects }: Binding) =>
    subjects.map(
      (subject) => `${describeObject(binding)}: ${roleRef.kind} ${roleRef.name} to ${describeSubject(subject)}`,
    );
  const own = new Set(known.filter((one) => describeObject(one) === describeObject(binding)).flatMap(describe));
  return describe(binding).filter((grant) => !own.has(grant));
}
