import type { X509Certificate } from "node:crypto";
import type { Clock } from "../../../runtime/base/clock.ts";
import { createFaults, type Faults } from "../faults.ts";
import type { Journal } from "../journal.ts";
import type { JsonObject } from "../json.ts";
import { clientIdOf, type Identity } from "../registry/identity.ts";
import { Registry } from "../registry/registry.ts";
import { createThrottle } from "../throttle.ts";
import { Twin } from "../twin/twin.ts";
import { Connections } from "./connections.ts";
import type { Message } from "./messages.ts";
import { Methods } from "./methods.ts";
import { createPolicies, type Policy } from "./policies.ts";
import { defaultSwitches, type HubSwitches } from "./switches.ts";

export const desiredFilter = "$iothub/twin/PATCH/properties/desired/#";

export interface HubOptions {
  readonly hostName: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly switches?: Partial<HubSwitches>;
}

/** One IoT Hub, without the protocols that lead to it. */
export class Hub {
  readonly hostName: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly switches: HubSwitches;
  readonly policies: readonly Policy[] = createPolicies();
  readonly connections = new Connections();
  readonly registry: Registry;
  readonly methods: Methods;
  readonly faults: Faults;
  /** CAs whose certificates devices of type `certificateAuthority` may have. */
  readonly authorities: X509Certificate[] = [];
  /** What devices and modules have sent, in the order of arrival. */
  readonly messages: Message[] = [];
  readonly #throttle;
  readonly #subscriptions = new Map<string, Map<string, 0 | 1>>();

  constructor({ hostName, clock, journal, switches }: HubOptions) {
    this.hostName = hostName;
    this.clock = clock;
    this.journal = journal;
    this.switches = { ...defaultSwitches, ...switches };
    this.methods = new Methods(this.connections, clock);
    this.faults = createFaults((away) => {
      if (away) this.disconnectAll("the hub is away");
    });
    this.#throttle = createThrottle(this.switches.registryOperationsPerMinute, clock);
    this.registry = new Registry({
      now: () => clock.now(),
      updateOfMissing: this.switches.updateOfMissing,
      createTwin: (id) => this.#createTwin(id),
      onRevoked: (identity, why) => {
        if (why === "credentials" && !this.switches.keyChangeDisconnects) return;
        this.connections.get(clientIdOf(identity))?.end(why);
      },
    });
  }

  /** @returns seconds until the registry takes another operation; undefined when it takes this one */
  throttleRegistry(): number | undefined {
    return this.#throttle.take();
  }

  /** What a client is subscribed to when it connects: nothing in a clean session, otherwise what it was before. */
  subscriptionsOf({ generationId }: Identity, clean: boolean): Map<string, 0 | 1> {
    const before = clean || !this.switches.subscriptionsStay ? undefined : this.#subscriptions.get(generationId);
    const granted = before ?? new Map<string, 0 | 1>();
    this.#subscriptions.set(generationId, granted);
    return granted;
  }

  /** Connection string of a shared access policy. */
  connectionString(policy = "iothubowner"): string {
    const key = this.policies.find(({ name }) => name === policy)?.key;
    if (key === undefined) throw new Error(`there is no policy ${policy}`);
    return `HostName=${this.hostName};SharedAccessKeyName=${policy};SharedAccessKey=${key}`;
  }

  disconnectAll(why: string): void {
    for (const connection of this.connections.all()) connection.end(why);
  }

  /** Keeps in the registry when a client has come or gone. */
  noteConnection(identity: Identity): void {
    const now = new Date(this.clock.now()).toISOString();
    identity.connectionStateUpdatedTime = now;
    identity.lastActivityTime = now;
  }

  #createTwin(id: { readonly deviceId: string; readonly moduleId: string | undefined }): Twin {
    return new Twin({
      now: () => this.clock.now(),
      tooLarge: this.switches.tooLarge,
      replaceSends: this.switches.replaceSends,
      onDesired: (patch, version) => this.#tellDesired(clientIdOf(id), patch, version),
    });
  }

  #tellDesired(clientId: string, patch: JsonObject, version: number): void {
    const connection = this.connections.get(clientId);
    if (connection?.isSubscribed(desiredFilter) !== true || this.faults.take("desired") !== undefined) return;
    const topic = `$iothub/twin/PATCH/properties/desired/?$version=${version}`;
    connection.deliver(desiredFilter, topic, JSON.stringify({ ...patch, $version: version }));
  }
}
