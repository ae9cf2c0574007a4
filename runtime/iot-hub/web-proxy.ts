import { isExcluded } from "#base";

/** A proxy of HTTP by which hubs are reached, by CONNECT. */
export interface WebProxy {
  /** Such as `http://proxy.example.com:3128`; without a name and a password. */
  readonly url: string;
  /** Hosts that are reached without it, as entries of `NO_PROXY`. */
  readonly exceptions: readonly string[];
}

/** @returns the URL of the proxy by which the host is reached; undefined where it is reached directly */
export function proxyFor(hostname: string, proxy: WebProxy | undefined): string | undefined {
  if (proxy === undefined || isExcluded(hostname, proxy.exceptions.join(","))) return undefined;
  return proxy.url;
}
