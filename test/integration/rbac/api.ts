import { KubeConfig } from "@kubernetes/client-node";
import { Pool } from "undici";
import type { AccessRequest } from "../../../infra/rbac/model/rule-matching.ts";
import type { UserInfo } from "../../../infra/rbac/model/subject.ts";

const connections = 16;

/** A bare client of one API server: these tests make tens of thousands of small requests. */
export class Api implements AsyncDisposable {
  readonly #pool: Pool;

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const decode = (data = "") => Buffer.from(data, "base64").toString();
    const cluster = config.getCurrentCluster();
    const user = config.getCurrentUser();
    this.#pool = new Pool(cluster?.server ?? "", {
      connections,
      connect: { ca: decode(cluster?.caData), cert: decode(user?.certData), key: decode(user?.keyData) },
    });
  }

  async call(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await this.#pool.request({ method, path, headers, ...text });
    const answer = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${answer}`);
    return JSON.parse(answer);
  }

  /** What the API server's authorizers say: SubjectAccessReview. */
  async review(user: UserInfo, request: AccessRequest): Promise<boolean> {
    const who = { ...(user.name === "" ? {} : { user: user.name }), groups: user.groups };
    const what = "path" in request ? { nonResourceAttributes: request } : { resourceAttributes: request };
    const answer = await this.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { ...who, ...what },
    });
    return (answer as { status: { allowed: boolean } }).status.allowed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}

/** Runs `work` on every item, as many at a time as there are connections. */
export async function forEachParallel<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lanes = Array.from({ length: connections }, async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  });
  await Promise.all(lanes);
}
