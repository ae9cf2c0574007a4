import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";

const run = promisify(execFile);

/** Who acts, and where a file says how. */
export interface AccountKubeconfig {
  readonly kubeconfig: string;
  readonly context: string;
  /** As the audit log has it. */
  readonly username: string;
}

/** Makes a ServiceAccount of somebody outside of the cluster, and a kubeconfig with which to act as it. */
export async function accountKubeconfig(options: {
  /** An administrator's. */
  readonly admin: string;
  readonly kubectl: string;
  readonly namespace: string;
  readonly account: string;
  /** Name of its context. */
  readonly context: string;
  readonly file: string;
}): Promise<AccountKubeconfig> {
  const { admin, namespace, account, context, file } = options;
  const kubectl = (...args: string[]) => run(options.kubectl, ["--kubeconfig", admin, "-n", namespace, ...args]);
  await kubectl("create", "serviceaccount", account);
  const { stdout: token } = await kubectl("create", "token", account, "--duration", "2h");
  const config = new KubeConfig();
  config.loadFromFile(admin);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("the kubeconfig has no current cluster");
  const own = new KubeConfig();
  own.loadFromOptions({
    clusters: [cluster],
    users: [{ name: account, token: token.trim() }],
    contexts: [{ name: context, cluster: cluster.name, user: account }],
    currentContext: context,
  });
  await writeFile(file, own.exportConfig(), { mode: 0o600 });
  return { kubeconfig: file, context, username: `system:serviceaccount:${namespace}:${account}` };
}
