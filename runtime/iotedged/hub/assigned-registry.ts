import type { Clock } from "#base";
import type { Assignment, DevicePlace, DeviceRegistry, HubResult } from "#iot-hub";

/** The registry of whichever hub a provisioning service has assigned the device to. */
export interface AssignedRegistry extends DeviceRegistry {
  /** What another replica has written down counts before what this one knows. To be called when it begins to lead. */
  begin(): void;
  /** The device has another credential: the service may be asked at once. */
  credentialChanged(): void;
}

/** Between two registrations of a device that its hub goes on to refuse: it may be disabled there for long. */
const pauseBetween = 5 * 60_000;

/**
 * Registers the device where it is not known which hub it belongs to, and where that hub refuses it: it may have been moved
 * to another. Only `list` does so, which is what everything begins with.
 *
 * @param options.recall the assignment that was written down; undefined where there is none
 * @param options.open the registry of a hub
 * @param options.atStart whether this process registers once in any case
 * @param options.onPlace told where the device is, with `substatus` where that was just said
 */
export function createAssignedRegistry(options: {
  readonly recall: () => Promise<DevicePlace | undefined>;
  readonly register: () => Promise<HubResult<Assignment>>;
  readonly open: (place: DevicePlace) => DeviceRegistry;
  readonly atStart: boolean;
  readonly onPlace: (place: DevicePlace | Assignment) => void;
  readonly clock: Clock;
}): AssignedRegistry {
  const { recall, register, open, onPlace, clock } = options;
  let current: DeviceRegistry | undefined;
  let isDue = options.atStart;
  let notBefore = 0;
  let refusal: HubResult<never> | undefined;

  function take(place: DevicePlace | Assignment): DeviceRegistry {
    onPlace(place);
    current = open(place);
    return current;
  }

  /** @returns the registry of the hub that the device is assigned to now */
  async function registered(): Promise<HubResult<DeviceRegistry>> {
    notBefore = clock.now() + pauseBetween;
    const result = await register();
    if ("failure" in result) return result;
    refusal = undefined;
    isDue = false;
    return { value: take(result.value) };
  }

  /** A service that is away keeps nobody from a hub that is known. */
  async function find(): Promise<HubResult<DeviceRegistry>> {
    if (current !== undefined) return { value: current };
    const known = await recall();
    if (known !== undefined && !isDue) return { value: take(known) };
    const result = await registered();
    return "failure" in result && known !== undefined ? { value: take(known) } : result;
  }

  const written = (): DeviceRegistry => {
    if (current === undefined) throw new Error("nothing is written before the hub's modules were listed");
    return current;
  };

  /** A hub that takes the device ends the wait for the next registration. */
  async function listOf(registry: DeviceRegistry) {
    const result = await registry.list();
    if ("failure" in result && result.failure.kind === "unauthorized") return result;
    refusal = undefined;
    notBefore = 0;
    return result;
  }

  return {
    async list() {
      const found = await find();
      if ("failure" in found) return found;
      const result = await listOf(found.value);
      if (!("failure" in result) || result.failure.kind !== "unauthorized") return result;
      if (clock.now() < notBefore) return refusal ?? result;
      const again = await registered();
      if (!("failure" in again)) return listOf(again.value);
      // A service that is away says less than the hub's refusal.
      refusal = again.failure.kind === "away" ? result : { failure: { ...again.failure, retryAfter: undefined } };
      return refusal;
    },
    put: (...args) => written().put(...args),
    remove: (moduleId) => written().remove(moduleId),
    begin: () => {
      current = undefined;
    },
    credentialChanged: () => {
      notBefore = 0;
    },
  };
}
