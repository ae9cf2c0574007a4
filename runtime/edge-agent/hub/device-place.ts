import type { Clock } from "#base";
import type { HubRecord, IotedgedSettings } from "#contract";
import { type DevicePlace, placeOf } from "#iot-hub";
import { createLoop } from "#shared";

/** Follows which device of which hub the installation is: modules are told so, and none starts before. */
export interface FollowedPlace {
  /** Undefined while a provisioning service has not said it. */
  readonly current: DevicePlace | undefined;
  start(): void;
  stop(): Promise<void>;
}

export type PlaceMove = (place: DevicePlace, before: DevicePlace | undefined) => void;

/** Milliseconds. */
const untilKnown = 2000;
const whileKnown = 30_000;
/** How long modules keep a hub that the device has left, while they are not known in the new one. */
const longestMove = 120_000;
const never = 2 ** 31 - 1;

/**
 * @param options.settings name the place, where no provisioning service does
 * @param options.read what iotedged says; asked only where the settings do not say it
 * @param options.onMove called with the place, when it is another than before
 */
export function followPlace(options: {
  readonly settings: Pick<IotedgedSettings, "hubHostname" | "deviceId">;
  readonly read: (() => Promise<HubRecord>) | undefined;
  readonly onMove: PlaceMove;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: () => number;
}): FollowedPlace {
  const { settings, read, onMove, onError, clock, random } = options;
  const said = placeOf(settings);
  let current = said;
  let leavingSince: number | undefined;
  let cancelNext = () => {};

  /** Every pod is replaced by a move: once, when the new hub has the keys of the modules that run. */
  function isReady({ identities }: HubRecord): boolean {
    if (current === undefined) return true;
    leavingSince ??= clock.now();
    const isKnown = identities.length > 0 && identities.every(({ state }) => state !== "waiting");
    return isKnown || clock.now() - leavingSince >= longestMove;
  }

  async function look(): Promise<boolean> {
    if (read === undefined) return true;
    const record = await read();
    const place = placeOf(record);
    cancelNext = clock.after(
      (place ?? current) === undefined || leavingSince ? untilKnown : whileKnown,
      looking.trigger,
    );
    if (place === undefined || isSamePlace(place, current)) leavingSince = undefined;
    else if (isReady(record)) {
      const before = current;
      current = place;
      leavingSince = undefined;
      onMove(place, before);
    }
    return true;
  }

  const looking = createLoop({ run: look, onError, clock, random, delay: 0, resync: never });
  return {
    get current() {
      return current;
    },
    start: () => {
      if (said === undefined) looking.trigger();
    },
    stop: async () => {
      await looking.stop();
      cancelNext();
    },
  };
}

export function isSamePlace(one: DevicePlace, other: DevicePlace | undefined): boolean {
  return one.hubHostname === other?.hubHostname && one.deviceId === other.deviceId;
}
