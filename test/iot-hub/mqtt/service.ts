import type { X509Certificate } from "node:crypto";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import type { Clock } from "../../../runtime/base/clock.ts";
import type { Faults } from "../faults.ts";
import type { Journal } from "../journal.ts";
import type { MqttClient } from "./client.ts";

/** A host that clients reach by MQTT: a hub, or the provisioning service. */
export interface MqttService {
  readonly hostName: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Judges a CONNECT. */
  admit(packet: IConnectPacket, certificate: X509Certificate | undefined): Admission | Refusal;
}

export interface Admission {
  /** Who the client is, in the journal. */
  readonly who: string;
  /** When the token ends, in milliseconds since the epoch; undefined with a certificate. */
  readonly expiry: number | undefined;
  /** What the client is subscribed to from the start; the connection writes to it. */
  readonly granted: Map<string, 0 | 1>;
  /** Is called once, after CONNACK was written. */
  readonly open: (client: MqttClient) => Session;
}

export interface Refusal {
  readonly connack: 1 | 2 | 3 | 4 | 5;
  readonly why: string;
  /** Whether no client may do this, whoever it is. */
  readonly violation?: true;
}

export interface Session {
  /** The topics to which this client may subscribe. */
  readonly filters: readonly string[];
  /** @returns undefined when the packet is taken; otherwise why the connection has to end */
  publish(packet: IPublishPacket): PublishProblem | undefined;
  subscribed(): void;
  ended(): void;
}

/** `cut` is a fault that a test has ordered. */
export type PublishProblem = { readonly violation: string } | { readonly cut: string };
