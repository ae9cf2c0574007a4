import { randomUUID } from "node:crypto";
import type { Clock } from "../../../runtime/base/clock.ts";
import { createFaults, type Faults } from "../faults.ts";
import { thumbprintsOf } from "../hub/client-certificate.ts";
import { argumentInvalid, errorOfStatus, HubError } from "../hub/errors.ts";
import type { Hub } from "../hub/hub.ts";
import type { Journal } from "../journal.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { noAuthentication } from "../registry/authentication.ts";
import type { Authentication } from "../registry/identity.ts";
import { attest, type Credential, type Enrollment, type Proof } from "./enrollment.ts";

export interface ProvisioningOptions {
  readonly hostName: string;
  readonly idScope: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly hubs: readonly Hub[];
  /** Polls that are answered with `assigning` before the result. */
  readonly polls?: number;
  readonly retryAfterSeconds?: number;
}

type Substatus = "initialAssignment" | "deviceDataMigrated" | "deviceDataReset" | "reprovisionedToInitialAssignment";

interface Registration {
  readonly deviceId: string;
  readonly firstHub: string;
  readonly created: number;
  hub: string;
  substatus: Substatus;
}

interface Operation {
  readonly registrationId: string;
  readonly result: JsonObject;
  pollsLeft: number;
  /** When it may be asked for next. */
  due: number;
}

export interface ProvisioningReply {
  readonly status: 200 | 202;
  readonly body: JsonObject;
  readonly retryAfterSeconds: number | undefined;
}

const validRegistrationId = /^[a-z0-9\-._:]{1,128}$/;

/** The Device Provisioning Service, without the protocols that lead to it. */
export class Provisioning {
  readonly hostName: string;
  readonly idScope: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly faults: Faults = createFaults(() => {});
  readonly enrollments: Enrollment[] = [];
  readonly #options: ProvisioningOptions;
  readonly #registrations = new Map<string, Registration>();
  readonly #operations = new Map<string, Operation>();

  constructor(options: ProvisioningOptions) {
    this.hostName = options.hostName;
    this.idScope = options.idScope;
    this.clock = options.clock;
    this.journal = options.journal;
    this.#options = options;
  }

  /** An individual enrollment goes before any group. @throws HubError 401 */
  authorize(scope: string, registrationId: string, proof: Proof): { enrollment: Enrollment; credential: Credential } {
    if (!validRegistrationId.test(registrationId)) throw argumentInvalid("the registration id is not valid");
    const candidates = this.enrollments.some(({ kind, name }) => kind === "individual" && name === registrationId)
      ? this.enrollments.filter(({ kind, name }) => kind === "individual" && name === registrationId)
      : this.enrollments.filter(({ kind }) => kind === "group");
    for (const enrollment of scope === this.idScope ? candidates : []) {
      const credential = attest(enrollment, scope, registrationId, proof, this.clock.now());
      if (credential !== undefined) return { enrollment, credential };
    }
    throw new HubError("IotHubUnauthorizedAccess", "Unauthorized");
  }

  /** Begins to provision a device that has shown who it is. */
  register(
    registrationId: string,
    enrollment: Enrollment,
    credential: Credential,
    body: JsonObject,
  ): ProvisioningReply {
    this.#fail("register");
    if (body.registrationId !== registrationId) throw argumentInvalid("registrationId of path and body differ");
    const unknown = Object.keys(body).find((key) => !["registrationId", "payload"].includes(key));
    if (unknown !== undefined) throw new HubError("NotServed", `unknown property ${unknown}`);
    const operationId = `4.${randomUUID().replaceAll("-", "")}.${randomUUID()}`;
    const result = enrollment.enabled
      ? this.#assign(registrationId, enrollment, credential)
      : { registrationId, status: "disabled" };
    const pollsLeft = this.#options.polls ?? 1;
    this.#operations.set(operationId, { registrationId, result, pollsLeft, due: this.#nextPoll() });
    return this.#assigning(operationId);
  }

  /** @throws HubError 429 when it is asked for too soon */
  poll(registrationId: string, operationId: string): ProvisioningReply {
    this.#fail("poll");
    const operation = this.#operations.get(operationId);
    if (operation?.registrationId !== registrationId) throw new HubError("DeviceNotFound", "Operation not found");
    const early = operation.due - this.clock.now();
    if (early > 0) {
      const retryAfterSeconds = Math.ceil(early / 1000);
      throw new HubError("ThrottlingException", "it was asked before Retry-After", { retryAfterSeconds });
    }
    operation.due = this.#nextPoll();
    if (operation.pollsLeft-- > 0) return this.#assigning(operationId);
    const { result } = operation;
    const body = { operationId, status: result.status ?? "failed", registrationState: result };
    return { status: 200, body, retryAfterSeconds: undefined };
  }

  #fail(place: "register" | "poll"): void {
    const fault = this.faults.take(place);
    if (fault !== undefined) throw errorOfStatus(fault.status, fault.retryAfter);
  }

  #assigning(operationId: string): ProvisioningReply {
    const retryAfterSeconds = this.#options.retryAfterSeconds ?? 1;
    return { status: 202, body: { operationId, status: "assigning" }, retryAfterSeconds };
  }

  /** Clients count in whole seconds, by a clock of their own. */
  #nextPoll(): number {
    const tolerance = 100;
    return this.clock.now() + (this.#options.retryAfterSeconds ?? 1) * 1000 - tolerance;
  }

  #assign(registrationId: string, enrollment: Enrollment, credential: Credential): JsonObject {
    const before = this.#registrations.get(registrationId);
    const { hub, substatus } = targetOf(enrollment, before);
    const to = this.#options.hubs.find(({ hostName }) => hostName === hub);
    if (to === undefined) {
      const error = { errorCode: 400207, errorMessage: `hub ${hub} is not linked` };
      return { registrationId, status: "failed", ...error };
    }
    const deviceId = before?.deviceId ?? enrollment.deviceId ?? registrationId;
    const from = before === undefined ? undefined : this.#options.hubs.find(({ hostName }) => hostName === before.hub);
    moveDevice({ deviceId, from, to, enrollment, migrate: substatus === "deviceDataMigrated", credential });
    const created = before?.created ?? this.clock.now();
    this.#registrations.set(registrationId, { deviceId, created, hub, substatus, firstHub: before?.firstHub ?? hub });
    return {
      registrationId,
      createdDateTimeUtc: new Date(created).toISOString(),
      assignedHub: hub,
      deviceId,
      status: "assigned",
      substatus,
      lastUpdatedDateTimeUtc: new Date(this.clock.now()).toISOString(),
      etag: Buffer.from(randomUUID()).toString("base64"),
      ...(enrollment.payload === undefined ? {} : { payload: enrollment.payload }),
      ...attestationOf(enrollment),
    };
  }
}

function attestationOf({ kind, name, attestation }: Enrollment): JsonObject {
  const group: JsonValue = kind === "group" ? { enrollmentGroupId: name } : {};
  return attestation.type === "x509" ? { x509: group } : { symmetricKey: group };
}

function targetOf(enrollment: Enrollment, before: Registration | undefined): { hub: string; substatus: Substatus } {
  const { updateHubAssignment, migrateDeviceData } = enrollment.reprovision;
  if (before === undefined) return { hub: enrollment.hub, substatus: "initialAssignment" };
  if (!updateHubAssignment || before.hub === enrollment.hub) return before;
  if (migrateDeviceData) return { hub: enrollment.hub, substatus: "deviceDataMigrated" };
  const back = enrollment.hub === before.firstHub;
  return { hub: enrollment.hub, substatus: back ? "reprovisionedToInitialAssignment" : "deviceDataReset" };
}

interface Move {
  readonly deviceId: string;
  readonly from: Hub | undefined;
  readonly to: Hub;
  readonly enrollment: Enrollment;
  /** Whether the twin of the device moves along; identities of modules never do. */
  readonly migrate: boolean;
  readonly credential: Credential;
}

/** Makes the device in its hub with the credential that it has shown, and deletes it in the hub that it leaves. */
function moveDevice({ deviceId, from, to, enrollment, migrate, credential }: Move): void {
  const left = from === undefined || from === to ? undefined : from.registry.find(deviceId, undefined);
  const present = to.registry.find(deviceId, undefined);
  const { type, symmetricKey, x509Thumbprint } = authenticationOf(credential);
  const authentication = { type, symmetricKey: { ...symmetricKey }, x509Thumbprint: { ...x509Thumbprint } };
  const body = { deviceId, capabilities: { iotEdge: enrollment.iotEdge }, authentication };
  const made = to.registry.putDevice(deviceId, body, present === undefined ? undefined : "*");
  if (present === undefined && !(migrate && left !== undefined)) made.twin.patch(enrollment.initialTwin ?? {});
  if (left === undefined) return;
  const sections = (["tags", "desired", "reported"] as const).map((section) => [section, left.twin.valueOf(section)]);
  if (migrate) made.twin.replace(Object.fromEntries(sections));
  from?.registry.deleteDevice(deviceId, "*");
}

function authenticationOf(credential: Credential): Authentication {
  if ("keys" in credential) {
    const [primaryKey, secondaryKey] = credential.keys;
    return { ...noAuthentication, type: "sas", symmetricKey: { primaryKey, secondaryKey } };
  }
  const primaryThumbprint = thumbprintsOf(credential.certificate)[1] ?? null;
  return { ...noAuthentication, type: "selfSigned", x509Thumbprint: { primaryThumbprint, secondaryThumbprint: null } };
}
