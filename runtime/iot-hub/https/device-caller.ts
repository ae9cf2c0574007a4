import { createHmac } from "node:crypto";
import type { Dispatcher } from "undici";
import type { Clock } from "#base";
import type { DeviceCertificate, DeviceCredential, DeviceKey } from "../device-credential.ts";
import { audienceOf, sasToken, stringToSign } from "../sas-token.ts";
import { proxyFor, type WebProxy } from "../web-proxy.ts";
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
  to(hostname: string, credential: DeviceCredential): Promise<Dispatcher>;
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
  const { hostname } = new URL(origin);
  let taken: DeviceCredential | undefined;
  return {
    async call(request) {
      const all = credentials();
      const inOrder = [...all].sort((one, other) => Number(other === taken) - Number(one === taken));
      let last: HubAnswer | undefined;
      for (const credential of inOrder) {
        const authorization = credential.type === "key" ? deviceToken(credential, resource, clock.now()) : undefined;
        const limits = { timeout, signal: ending, now: clock.now() };
        last = await callHub(await connections.to(hostname, credential), origin, { ...request, authorization }, limits);
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

interface KeptConnections {
  /** Undefined: none was shown. */
  readonly client: DeviceCertificate | undefined;
  readonly proxy: string | undefined;
  readonly dispatcher: Promise<Dispatcher>;
}

/** Connections that are kept, with the certificate that was shown last. */
export function createDeviceConnections(
  connect: ConnectHttps,
  { ca, proxy: way }: Pick<HttpsTerms, "ca"> & { readonly proxy?: WebProxy | undefined },
): DeviceConnections {
  let kept: readonly KeptConnections[] = [];
  const end = async ({ dispatcher }: KeptConnections) => (await dispatcher).close();

  return {
    to(hostname, credential) {
      const client = credential.type === "certificate" ? credential : undefined;
      const proxy = proxyFor(hostname, way);
      const known = kept.find((one) => one.client === client && one.proxy === proxy);
      if (known !== undefined) return known.dispatcher;
      const left = kept.filter((one) => one.client !== undefined && one.client !== client);
      for (const one of left) void end(one);
      const dispatcher = connect({ ca, client, proxy });
      kept = [...kept.filter((one) => !left.includes(one)), { client, proxy, dispatcher }];
      return dispatcher;
    },
    close: async () => {
      await Promise.all(kept.map(end));
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
