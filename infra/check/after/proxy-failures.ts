import type { ProxyFailure } from "./log-lines.ts";

interface Explained {
  readonly says: string;
  /** Reads on to a command that prints the proxy's log. */
  readonly fix: string;
}

/** By `X-Iotedge-Proxy-Error` of answers that the proxy gives itself, for what is not the module's own doing. */
const failures: Readonly<Record<string, Explained>> = {
  token: { says: "it has no token", fix: "See whether the kubelet mounts it, and why not" },
  "token-expired": {
    says: "its token has expired",
    fix: "See whether the kubelet renews it: restart the pod, and see its log",
  },
  "trust-bundle": {
    says: "it has no valid trust bundle",
    fix: "See what is wrong with ConfigMap iotedged-proxy-trust-bundle",
  },
  address: {
    says: "it does not find iotedged's address",
    fix: "See that the cluster's DNS answers, and that Service iotedged is there",
  },
  upstream: {
    says: "it does not reach iotedged, or does not trust it",
    fix: "See that iotedged runs and that no NetworkPolicy is between",
  },
  busy: { says: "it has more requests than it may", fix: "Raise proxy.maxConnections, or see who asks so often" },
};

/** What it lacks, a proxy says. */
const notReached: Explained = {
  says: "it has not reached iotedged",
  fix: "See that iotedged runs, that Service iotedged leads to it, and that no NetworkPolicy is between",
};

/** What a proxy that is not ready lacks, by what it has logged last. */
export function explainProxy(failure: ProxyFailure | undefined): Explained {
  if (failure === undefined) return notReached;
  if (failure.cause !== "")
    return {
      says: `it does not trust iotedged: ${failure.cause}`,
      fix: "See which CA is in ConfigMap iotedged-proxy-trust-bundle",
    };
  return failures[failure.error] ?? notReached;
}

/** Whether it is not the module's own doing, such as a request that is not valid. */
export function isOfProxy({ error, cause }: ProxyFailure): boolean {
  return cause !== "" || failures[error] !== undefined;
}
