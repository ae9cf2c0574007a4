import { type Clock, type EdgeError, isJsonObject, pause } from "#base";
import type { HubRegistration } from "#contract";
import { type DevicePlace, isDeviceId, isHubHostname } from "../device-place.ts";
import { type HubAnswer, NoHubAnswer } from "../https/call.ts";
import { createDeviceCaller, type DeviceCallerOptions } from "../https/device-caller.ts";
import type { HubResult } from "../https/device-registry.ts";
import { isCertificateFault, isRefusedByTls, toleratedSkew } from "../https/judge-answer.ts";
import { provisioningErrors } from "./errors.ts";

/** Where a device belongs, and how that came about. */
export interface Assignment extends DevicePlace {
  /** `initialAssignment`, `deviceDataMigrated`, ...; undefined where the service does not say. */
  readonly substatus: string | undefined;
}

export type RegisterDeviceOptions = HubRegistration & Omit<DeviceCallerOptions, "origin" | "resource">;

/** That of IoT Edge's daemon since 1.2. */
const apiVersion = "2021-06-01";
/** Milliseconds. */
const usualPause = 5000;
/** Whatever the service says: one that says nothing but 0 would be asked without a pause. */
const shortestPause = 1000;
const longestPause = 60_000;
const longest = 5 * 60_000;
/** Before the service is asked again after it has said no: a person has to do something first. */
const refusedPause = 60_000;
const throttledWithoutTime = 10_000;
const operationIds = /^[A-Za-z0-9._-]{1,256}$/;
const substatuses = /^[A-Za-z]{1,64}$/;

/**
 * Asks the provisioning service which hub the device belongs to. The service makes the device there, too, with the
 * credential that it has shown.
 *
 * @returns once it is assigned, or it is known that it will not be
 */
export async function registerDevice(options: RegisterDeviceOptions): Promise<HubResult<Assignment>> {
  const result = await register(options);
  return "failure" in result ? { failure: { ...result.failure, ofProvisioning: true } } : result;
}

async function register(options: RegisterDeviceOptions): Promise<HubResult<Assignment>> {
  const { globalEndpoint, idScope, registrationId, clock, ending } = options;
  const { origin, host: service } = new URL(globalEndpoint);
  const segments = ["registrations", registrationId];
  const resource = { host: idScope, segments, keyName: "registration" };
  const caller = createDeviceCaller({ ...options, origin, resource });
  const base = ["", idScope, ...segments].map(encodeURIComponent).join("/");
  const query = `?api-version=${apiVersion}`;
  const context = { service, idScope, registrationId, clock };
  const until = clock.now() + longest;

  async function poll(operationId: string, first: HubAnswer): Promise<HubResult<Assignment>> {
    const path = `${base}/operations/${encodeURIComponent(operationId)}${query}`;
    for (let answer = first; ; ) {
      if (!isUnderWay(answer)) return resultOf(answer, context);
      const wait = Math.min(Math.max(answer.retryAfter ?? usualPause, shortestPause), longestPause);
      if (clock.now() + wait > until) return away(service, "it has not assigned the device within 5 minutes");
      await pause(clock, wait, ending);
      if (ending.aborted) return away(service, "it was not waited for");
      answer = await caller.call({ method: "GET", path });
    }
  }

  try {
    const first = await caller.call({ method: "PUT", path: `${base}/register${query}`, body: { registrationId } });
    const operationId = isJsonObject(first.body) ? first.body.operationId : undefined;
    if (first.status === 202 && typeof operationId === "string" && operationIds.test(operationId))
      return await poll(operationId, first);
    return resultOf(first, context);
  } catch (error) {
    if (error instanceof NoHubAnswer) return silence(context, error.message);
    throw error;
  }
}

interface Context extends Omit<HubRegistration, "globalEndpoint"> {
  readonly service: string;
  readonly clock: Clock;
}

/** While it is polled, a service that is busy or has a fault still has the operation. */
function isUnderWay({ status }: HubAnswer): boolean {
  return status === 202 || status === 429 || status >= 500;
}

function resultOf(answer: HubAnswer, context: Context): HubResult<Assignment> {
  const { service, idScope: scope, registrationId: registration } = context;
  if (answer.status !== 200) return refusalOf(answer, context);
  const { status, registrationState } = isJsonObject(answer.body) ? answer.body : {};
  const state = isJsonObject(registrationState) ? registrationState : {};
  const { assignedHub, deviceId, substatus, errorCode } = state;
  if (status === "disabled") return refused(provisioningErrors.EDGE_DPS_DISABLED({ registration, scope }));
  if (status === "failed") {
    const number = typeof errorCode === "number" ? errorCode : "unknown";
    return refused(provisioningErrors.EDGE_DPS_FAILED({ registration, scope, number }));
  }
  const isAssigned =
    status === "assigned" &&
    typeof assignedHub === "string" &&
    isHubHostname(assignedHub) &&
    typeof deviceId === "string" &&
    isDeviceId(deviceId);
  if (!isAssigned) return unreadable(service, "what it says of the registration is no assignment");
  const told = typeof substatus === "string" && substatuses.test(substatus) ? substatus : undefined;
  return { value: { hubHostname: assignedHub, deviceId, substatus: told } };
}

function refusalOf({ status, retryAfter, time }: HubAnswer, context: Context): HubResult<Assignment> {
  const { service, idScope: scope, registrationId: registration, clock } = context;
  const offBy = time === undefined ? 0 : clock.now() - time;
  if (status === 401 && Math.abs(offBy) > toleratedSkew) {
    const seconds = Math.round(offBy / 1000);
    return { failure: { kind: "clock", error: provisioningErrors.EDGE_DPS_CLOCK({ service, registration, seconds }) } };
  }
  if ([401, 403, 404].includes(status)) {
    return refusedBy(provisioningErrors.EDGE_DPS_REFUSED({ service, scope, registration }));
  }
  if (status === 429) {
    const wait = retryAfter ?? throttledWithoutTime;
    const error = provisioningErrors.EDGE_DPS_THROTTLED({ service, seconds: Math.ceil(wait / 1000) });
    return { failure: { kind: "throttled", retryAfter: wait, error } };
  }
  if (status >= 500) return away(service, `it answers ${status}`, retryAfter);
  return unreadable(service, `status ${status}`);
}

function refused(error: EdgeError): HubResult<Assignment> {
  return { failure: { kind: "refused", retryAfter: refusedPause, error } };
}

function refusedBy(error: EdgeError): HubResult<Assignment> {
  return { failure: { kind: "unauthorized", retryAfter: refusedPause, error } };
}

function unreadable(service: string, reason: string): HubResult<Assignment> {
  return { failure: { kind: "unreadable", error: provisioningErrors.EDGE_DPS_ANSWER({ service, reason }) } };
}

function away(service: string, reason: string, retryAfter?: number): HubResult<Assignment> {
  return { failure: { kind: "away", retryAfter, error: provisioningErrors.EDGE_DPS_AWAY({ service, reason }) } };
}

function silence(
  { service, idScope: scope, registrationId: registration }: Context,
  reason: string,
): HubResult<Assignment> {
  if (isRefusedByTls(reason)) return refusedBy(provisioningErrors.EDGE_DPS_REFUSED({ service, scope, registration }));
  if (!isCertificateFault(reason)) return away(service, reason);
  return { failure: { kind: "untrusted", error: provisioningErrors.EDGE_DPS_UNTRUSTED({ service, reason }) } };
}
