import { readFile } from "node:fs/promises";
import type { PolicyRule } from "#contract";

/** The fields that are read here of an audit event (audit.k8s.io/v1). */
export interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  /** RFC 3339. */
  readonly requestReceivedTimestamp?: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

export async function readAudit(file: string): Promise<AuditEvent[]> {
  const text = await readFile(file, "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEvent);
}

/** Every single permission that a list of rules grants. */
export function permissionsOf(rules: readonly PolicyRule[]): Permission[] {
  return rules.flatMap((rule) =>
    rule.apiGroups.flatMap((group) =>
      rule.resources.flatMap((resource) =>
        rule.verbs.flatMap((verb) =>
          (rule.resourceNames ?? [undefined]).map((name) => ({
            group,
            resource,
            verb,
            ...(name === undefined ? {} : { name }),
          })),
        ),
      ),
    ),
  );
}

export interface Permission {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name?: string;
}

/**
 * Whether a request needed the permission and was let through. Server-side apply of an object that is not there is
 * logged as `patch` with status 201, and is authorized as `patch` and as `create`; `update` of a Lease likewise.
 */
export function uses(event: AuditEvent, permission: Permission): boolean {
  const { apiGroup = "", resource, subresource, name } = event.objectRef ?? {};
  const code = event.responseStatus?.code ?? 0;
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  if (code === 0 || code >= 400) return false;
  if (apiGroup !== permission.group || full !== permission.resource) return false;
  if (permission.name !== undefined && nameOf(event, name) !== permission.name) return false;
  const isCreation = code === 201 && (event.verb === "patch" || event.verb === "update");
  return event.verb === permission.verb || (permission.verb === "create" && isCreation);
}

/** A list or watch of one object names it by field selector. */
function nameOf(event: AuditEvent, name: string | undefined): string | undefined {
  if (name !== undefined) return name;
  const selector = new URL(event.requestURI, "https://api").searchParams.get("fieldSelector");
  return selector?.match(/^metadata\.name=(.+)$/)?.[1];
}
