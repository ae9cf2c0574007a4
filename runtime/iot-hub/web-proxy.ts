import { isIP } from "node:net";
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

/** Where connections to a proxy go. */
export interface ProxyPlace {
  /** Undefined where the URL names a host. */
  readonly address: string | undefined;
  readonly port: number;
}

export function placeOfProxy(url: string): ProxyPlace {
  const { hostname, port, protocol } = new URL(url);
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  const usual = protocol === "https:" ? 443 : 80;
  return { address: isIP(address) === 0 ? undefined : address, port: port === "" ? usual : Number(port) };
}
