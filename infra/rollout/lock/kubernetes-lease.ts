import { parentOf, rolloutLeaseOf } from "../../deploy/index.ts";
import { checkResponse, createSender, loadKubeConfig, type SendRequest } from "../../kubernetes/index.ts";
import type { LockedCluster } from "../model/run.ts";
import type { LeaseClient, LeaseRecord } from "./lease.ts";

const apiVersion = "coordination.k8s.io/v1";
const contentType = "application/merge-patch+json";
/** Milliseconds. Even when a renewal gets no answer for so long, the next one comes within `leaseDuration`. */
const timeout = 25_000;

/** The Lease of a stack. */
export function leaseOf(stack: string): { readonly namespace: string; readonly name: string } {
  return rolloutLeaseOf(parentOf(stack));
}

/** The Lease of the cluster's stack. Nothing is sent before the first call. */
export async function openLease({ target, stack }: Pick<LockedCluster, "target" | "stack">): Promise<LeaseClient> {
  const config = await loadKubeConfig(target);
  const server = config.getCurrentCluster()?.server ?? "";
  return leaseClient(createSender(config), { context: target.context, server }, stack);
}

export function leaseClient(
  send: SendRequest,
  target: { readonly context: string; readonly server: string },
  stack: string,
): LeaseClient {
  const { namespace, name } = leaseOf(stack);
  const collection = `/apis/${apiVersion}/namespaces/${namespace}/leases`;
  const path = `${collection}/${name}`;
  const object = `Lease ${namespace}/${name}`;
  const update: LeaseClient["update"] = async (record) => {
    const body = { metadata: { resourceVersion: record.version }, spec: specOf(record) };
    const response = await send({ method: "PATCH", path, body, contentType, timeout });
    if (response.status === 409 || response.status === 404) return undefined;
    checkResponse(target, response, "patch", object);
    return readLease(response.body);
  };
  return {
    get: async () => {
      const response = await send({ method: "GET", path, timeout });
      if (response.status === 404) return undefined;
      checkResponse(target, response, "get", object);
      return readLease(response.body);
    },
    create: async (record) => {
      const body = { apiVersion, kind: "Lease", metadata: { name, namespace }, spec: specOf(record) };
      const response = await send({ method: "POST", path: collection, body, timeout });
      if (response.status === 409) return undefined;
      checkResponse(target, response, "create", object);
      return readLease(response.body);
    },
    update,
    release: async (record) => {
      const body = { preconditions: { resourceVersion: record.version } };
      const response = await send({ method: "DELETE", path, body, timeout });
      if (response.status === 409) return false;
      if (response.status === 404) return true;
      // Who may not delete it says that nobody has it.
      if (response.status === 403) return (await update({ ...record, holder: "" })) !== undefined;
      checkResponse(target, response, "delete", object);
      return true;
    },
  };
}

function specOf({ holder, renewedAt, durationMs, transitions }: Omit<LeaseRecord, "version">) {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
    renewTime: new Date(renewedAt).toISOString().replace("Z", "000Z"),
    leaseTransitions: transitions,
  };
}

interface LiveLease {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

function readLease({ metadata, spec = {} }: LiveLease): LeaseRecord {
  return {
    holder: spec.holderIdentity ?? "",
    renewedAt: Date.parse(spec.renewTime ?? "") || 0,
    durationMs: (spec.leaseDurationSeconds ?? 0) * 1000,
    transitions: spec.leaseTransitions ?? 0,
    version: metadata.resourceVersion,
  };
}
