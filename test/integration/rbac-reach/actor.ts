import { KubeConfig } from "@kubernetes/client-node";
import { Agent, request } from "undici";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** How somebody proves to the API server who they are. */
export interface Credentials {
  readonly token?: string;
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** Somebody who makes requests to one API server. */
export class Actor {
  readonly #server: { readonly url: string; readonly ca: string };
  readonly #credentials: Credentials;
  readonly #impersonated: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  private constructor(
    server: { readonly url: string; readonly ca: string },
    credentials: Credentials,
    impersonated: Readonly<Record<string, string>> = {},
  ) {
    this.#server = server;
    this.#credentials = credentials;
    this.#impersonated = impersonated;
    this.#agent = new Agent({ connect: { ca: server.ca, ...credentials.certificate } });
  }

  /** @param kubeconfig path of an administrator's kubeconfig */
  static administrator(kubeconfig: string): Actor {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const decode = (data = "") => Buffer.from(data, "base64").toString();
    const cluster = config.getCurrentCluster();
    const user = config.getCurrentUser();
    const certificate = { cert: decode(user?.certData), key: decode(user?.keyData) };
    return new Actor({ url: cluster?.server ?? "", ca: decode(cluster?.caData) }, { certificate });
  }

  /** Somebody else, who has other credentials. */
  as(credentials: Credentials): Actor {
    return new Actor(this.#server, credentials);
  }

  /** The same credentials, acting for somebody else. */
  impersonating(user: string, group?: string): Actor {
    const headers = { "Impersonate-User": user, ...(group === undefined ? {} : { "Impersonate-Group": group }) };
    return new Actor(this.#server, this.#credentials, headers);
  }

  async call(method: "GET" | "POST" | "PUT" | "PATCH", path: string, body?: object): Promise<Answer> {
    const { token } = this.#credentials;
    const response = await request(`${this.#server.url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...this.#impersonated,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.statusCode, body: await response.body.json() };
  }

  /** What the API server says that this actor may do. */
  async may(verb: string, group: string, resource: string, namespace = ""): Promise<boolean> {
    const spec = { resourceAttributes: { verb, group, resource, namespace } };
    const { body } = await this.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec,
    });
    return (body as { status?: { allowed?: boolean } }).status?.allowed ?? false;
  }
}
