import type { KeyPair } from "./authority.ts";

/** What a kubeconfig says: one server, one user, one context. */
export interface KubeconfigContent {
  readonly context: string;
  /** URL of the API server. */
  readonly server: string;
  /** PEM certificate of the authority that the server's certificate is checked against. */
  readonly authority: string;
  readonly user: string;
  readonly credentials: KeyPair;
}

/** Renders a kubeconfig that holds its keys itself. JSON is YAML, and needs no quoting rules of our own. */
export function renderKubeconfig({ context, server, authority, user, credentials }: KubeconfigContent): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster: { server, "certificate-authority-data": base64(authority) } }],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(credentials.certificate),
          "client-key-data": base64(credentials.key),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user } }],
    "current-context": context,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
