import type { EdgeError } from "#base";
import { moduleObjectName, objectNames, type RegisteredIdentity } from "#contract";
import type { Assignment, HubFailure } from "#iot-hub";
import type { EventRecorder, Notice } from "#shared";
import { comesWithDevice } from "./plan.ts";

/** Events by which an operator sees how the installation fares with its hub. */
export interface HubNotices {
  connected(hubHostname: string): void;
  /** A provisioning service has assigned the device. */
  assigned(assignment: Assignment): void;
  failed(failure: Pick<HubFailure, "kind" | "error" | "ofProvisioning">): void;
  badCredential(error: EdgeError): void;
  secondKey(): void;
  identities(identities: readonly RegisteredIdentity[]): void;
}

const regarding = { apiVersion: "apps/v1", kind: "Deployment", name: objectNames.iotedged };

/** Reasons of Events; what needs no person has none. */
const reasons: Readonly<Record<HubFailure["kind"], string | undefined>> = {
  away: "HubAway",
  clock: "HubClockOff",
  refused: "HubRefused",
  stale: undefined,
  throttled: "HubThrottled",
  unauthorized: "HubDeviceRefused",
  unreadable: "HubUnreadable",
  untrusted: "HubUntrusted",
};

/** A note of an Event, from an error that has no secret in it. */
const noteOf = ({ code, message, remedy }: EdgeError) => `${code}: ${message}. ${remedy}`;

export function createHubNotices(events: EventRecorder): HubNotices {
  /** @param key what a notice of the same reason is about: another hub, or another error, is told at once */
  const record = (type: Notice["type"], reason: string, key: string, note: string) =>
    events.record({ type, reason, action: "Connect", note, regarding, key });
  return {
    connected: (hubHostname) =>
      record("Normal", "HubConnected", hubHostname, `${hubHostname} has taken the device's credential`),
    assigned: ({ hubHostname, deviceId, substatus }) => {
      const how = substatus === undefined ? "" : ` (${substatus})`;
      record(
        "Normal",
        "HubAssigned",
        `${hubHostname}${how}`,
        `The provisioning service has assigned device ${deviceId} to ${hubHostname}${how}`,
      );
    },
    failed: ({ kind, error, ofProvisioning }) => {
      const reason = ofProvisioning ? "HubProvisioningFailed" : reasons[kind];
      if (reason !== undefined) record("Warning", reason, error.code, noteOf(error));
    },
    badCredential: (error) => record("Warning", "HubCredentialInvalid", error.code, noteOf(error)),
    secondKey: () =>
      record(
        "Warning",
        "HubSecondKey",
        "",
        "The hub refuses the device's first key and takes the second: put the present one into the Secret before the second is changed, too",
      ),
    identities: (identities) => {
      for (const { moduleId, state } of identities) {
        const note = state === "refused" && comesWithDevice(moduleId) ? notOfIotEdge : notes[state];
        if (note === undefined) continue;
        const name = moduleObjectName(moduleId);
        events.record({
          ...{ type: "Warning", action: "Register", note: note.text, reason: note.reason },
          regarding: { apiVersion: "v1", kind: "ServiceAccount", name },
        });
      }
    },
  };
}

const notOfIotEdge = {
  reason: "HubIdentityRefused",
  text: "The hub has no identity of this module, which comes with a device of IoT Edge: this device is none. Make it, or its enrollment, anew with --edge-enabled; it is looked for every five minutes",
};

const notes: Readonly<
  Record<RegisteredIdentity["state"], { readonly reason: string; readonly text: string } | undefined>
> = {
  ready: undefined,
  waiting: undefined,
  foreign: {
    reason: "HubIdentityForeign",
    text: "The hub has an identity of this module that is not managed by IoT Edge. It is left alone, and the module has no way to the hub until that identity is deleted there, or the module has another id",
  },
  refused: {
    reason: "HubIdentityRefused",
    text: "The hub has refused to make or change the identity of this module. It is asked again every five minutes; a device has room for 50 modules",
  },
};
