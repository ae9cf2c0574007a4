/**
 * Where the documentation leaves IoT Hub's behaviour open, a client has to live with every branch. The first of each
 * is the default.
 */
export interface HubSwitches {
  /** CONNACK for a client that is not who it says. */
  readonly unauthorizedConnack: 5 | 4;
  /** Answer to properties beyond their size. */
  readonly tooLarge: 400 | 413;
  /** Answer to a write with `If-Match` to what is not there. */
  readonly updateOfMissing: 404 | 412;
  /** Whether "set modules" makes identities, without keys, for modules that it names. */
  readonly applyMakesIdentities: boolean;
  /** What a client is sent after its desired properties were replaced as a whole. */
  readonly replaceSends: "difference" | "whole";
  /** Whether a client whose key was changed is cut off at once, or keeps its connection until its token ends. */
  readonly keyChangeDisconnects: boolean;
  /**
   * Whether a client that connects with clean session 0 finds its subscriptions again. The SDK for Node counts on it:
   * after it has renewed its token it subscribes to nothing.
   */
  readonly subscriptionsStay: boolean;
  /** Operations of the registry a minute; one unit of tier S1 has 100. */
  readonly registryOperationsPerMinute: number;
}

export const defaultSwitches: HubSwitches = {
  unauthorizedConnack: 5,
  tooLarge: 400,
  updateOfMissing: 404,
  applyMakesIdentities: true,
  replaceSends: "difference",
  keyChangeDisconnects: true,
  subscriptionsStay: true,
  registryOperationsPerMinute: 100,
};
