import type { Claim, Device, Member } from "../authenticate.ts";
import type { StoreCounts } from "./message-store.ts";
import { type LocalModule, ModuleUpstream, type ModuleUpstreamOptions, type UpstreamState } from "./module-upstream.ts";
import { flawOf } from "./property-bag.ts";
import { upstreamUserName } from "./user-name.ts";

/** IoT Hub, for the modules that are connected to this hub. */
export interface Upstream {
  /** A module has proven who it is: what it has said to do so, and what it was subscribed to before. */
  joined(member: Member, claim: Claim, local: LocalModule, subscriptions: readonly string[]): void;
  left(moduleId: string, local: LocalModule): void;
  subscribed(moduleId: string, filter: string): void;
  unsubscribed(moduleId: string, filter: string): void;
  /** @returns false for a topic that means nothing to IoT Hub */
  request(moduleId: string, topic: string, payload: Buffer): boolean;
  /**
   * Resolves once a message is on the disk, from where it goes to IoT Hub.
   *
   * @param bag its properties as in the topic
   * @throws Error when it is not, or IoT Hub would not take it
   */
  accept(moduleId: string, bag: string, payload: Uint8Array): Promise<void>;
  status(): UpstreamStatus;
  close(): void;
}

export interface UpstreamStatus extends StoreCounts {
  readonly modules: readonly { readonly moduleId: string; readonly state: UpstreamState; readonly waiting: number }[];
}

export interface UpstreamOptions extends Omit<ModuleUpstreamOptions, "deviceId"> {
  readonly device: Device;
}

export function createUpstream({ device, ...options }: UpstreamOptions): Upstream {
  const { store, clock, log } = options;
  const modules = new Map<string, ModuleUpstream>();
  const of = (moduleId: string) => {
    const found = modules.get(moduleId) ?? new ModuleUpstream(moduleId, { ...options, deviceId: device.deviceId });
    modules.set(moduleId, found);
    return found;
  };
  const cancelReport = reportDrops(store, clock, log);

  return {
    joined: ({ moduleId, expiry }, { clientId, userName, password }, local, subscriptions) => {
      const name = upstreamUserName(device.hubHostname, clientId, userName);
      of(moduleId).joined(local, { clientId, userName: name, password, expiry }, subscriptions);
    },
    left: (moduleId, local) => modules.get(moduleId)?.left(local),
    subscribed: (moduleId, filter) => of(moduleId).subscribed(filter),
    unsubscribed: (moduleId, filter) => of(moduleId).unsubscribed(filter),
    request: (moduleId, topic, payload) => of(moduleId).request(topic, payload),
    accept: async (moduleId, bag, payload) => {
      const flaw = flawOf(bag, payload);
      if (flaw !== undefined) throw new Error(flaw);
      await store.append(moduleId, { bag, payload });
      of(moduleId).stored();
    },
    status: () => {
      const waiting = store.waiting();
      const ids = [...new Set([...modules.keys(), ...waiting.keys()])].sort();
      const list = ids.map((moduleId) => ({
        ...{ moduleId, state: modules.get(moduleId)?.state ?? "idle", waiting: waiting.get(moduleId) ?? 0 },
      }));
      return { ...store.counts(), modules: list };
    },
    close: () => {
      cancelReport();
      for (const each of modules.values()) each.close();
      store.close();
    },
  };
}

const reportEvery = 10_000;

/** Messages may be dropped by the thousand: one line tells of all of them. */
function reportDrops(
  store: UpstreamOptions["store"],
  clock: UpstreamOptions["clock"],
  log: UpstreamOptions["log"],
): () => void {
  let told = 0;
  let cancel = () => {};
  const report = () => {
    const { droppedForSize, droppedForAge } = store.counts();
    if (droppedForSize + droppedForAge > told) log({ event: "dropped", droppedForSize, droppedForAge });
    told = droppedForSize + droppedForAge;
    cancel = clock.after(reportEvery, report);
  };
  report();
  return () => cancel();
}
