import { createHmac } from "node:crypto";
import type { Dispatcher } from "undici";
import type { Clock } from "#base";
import type { DeviceCertificate, DeviceCredential, DeviceKey } from "../device-credential.ts";
import { audienceOf, sasToken, stringToSign } from "../sas-token.ts";
import { callHub, type HubAnswer, type HubRequest, NoHubAnswer } from "./call.ts";
import type { ConnectHttps, HttpsTerms } from "./hub-agent.ts";

/** Calls a hub, or the provisioning service, as the device. */
export interface DeviceCaller {
  /** @throws NoHubAnswer */
  call(request: Omit<HubRequest, "authorization">): Promise<HubAnswer>;
}

/** What was seen of an answer. */
export interface AnswerSeen {
  /** Milliseconds by which this machine's clock is ahead. */
  readonly aheadBy: number | undefined;
  /** Which of the credentials was taken; -1: none. */
  readonly keyIndex: number;
}

/** What a token of the device is for, before it is encoded. */
export interface TokenResource {
  readonly host: string;
  readonly segments: readonly string[];
  readonly keyName?: string;
}

/** Connections of one device, for as long as it has the credential that they show. */
export interface DeviceConnections {
  to(credential: DeviceCredential): Promise<Dispatcher>;
  close(): Promise<void>;
}

export interface DeviceCallerOptions {
  /** Where calls go: `https://`, and the host's name. */
  readonly origin: string;
  readonly resource: TokenResource;
  /** As they are now: the one that counts, and the other one. */
  readonly credentials: () => readonly DeviceCredential[];
  readonly connections: DeviceConnections;
  readonly clock: Clock;
  /** Ends a call that runs. */
  readonly ending: AbortSignal;
  readonly onAnswer: (seen: AnswerSeen) => void;
}

const timeout = 30_000;
/** Seconds that a token counts; it is made for one call, and bears with clocks that are off a little. */
const tokenLife = 300;
const unauthorized = 401;

/**
 * Where one credential is refused, the other is tried at once, and stays the first to be tried as long as it is taken: so
 * keys can be changed one after the other.
 */
export function createDeviceCaller(options: DeviceCallerOptions): DeviceCaller {
  const { origin, resource, credentials, connections, clock, ending, onAnswer } = options;
  let taken: DeviceCredential | undefined;
  return {
    async call(request) {
      const all = credentials();
      const inOrder = [...all].sort((one, other) => Number(other === taken) - Number(one === taken));
      let last: HubAnswer | undefined;
      for (const credential of inOrder) {
        const authorization = credential.type === "key" ? deviceToken(credential, resource, clock.now()) : undefined;
        const limits = { timeout, signal: ending, now: clock.now() };
        last = await callHub(await connections.to(credential), origin, { ...request, authorization }, limits);
        if (last.status === unauthorized) continue;
        taken = credential;
        break;
      }
      if (last === undefined) throw new NoHubAnswer("there is no credential");
      const keyIndex = last.status === unauthorized ? -1 : all.indexOf(taken as DeviceCredential);
      onAnswer({ aheadBy: last.time === undefined ? undefined : clock.now() - last.time, keyIndex });
      return last;
    },
  };
}

/** What tells a certificate from the next one. */
type Shown = DeviceCertificate | undefined;

/** Connections that are kept, one set for tokens and one for the certificate that was shown last. */
export function createDeviceConnections(connect: ConnectHttps, terms: Omit<HttpsTerms, "client">): DeviceConnections {
  const kept = new Map<Shown, Promise<Dispatcher>>();
  const end = async (dispatcher: Promise<Dispatcher>) => (await dispatcher).close();

  return {
    to(credential) {
      const client = credential.type === "certificate" ? credential : undefined;
      const known = kept.get(client);
      if (known !== undefined) return known;
      for (const [shown, dispatcher] of kept) {
        if (shown === undefined) continue;
        kept.delete(shown);
        void end(dispatcher);
      }
      const made = connect({ ...terms, client });
      kept.set(client, made);
      return made;
    },
    close: async () => {
      await Promise.all([...kept.values()].map(end));
    },
  };
}

/** In small letters, as IoT Edge's daemon signs: the other side compares without regard to case. */
function deviceToken({ key }: DeviceKey, { host, segments, keyName }: TokenResource, now: number): string {
  const audience = audienceOf(host, ...segments);
  const expiry = Math.floor(now / 1000) + tokenLife;
  const signature = createHmac("sha256", key).update(stringToSign(audience, expiry)).digest("base64");
  return sasToken({ audience, expiry, signature, ...(keyName !== undefined && { keyName }) });
}
