import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../", import.meta.url));

/** Paths inside a cluster's state directory. */
export interface Layout {
  readonly directory: string;
  /** Marks the directory as a cluster's, and holds what a later command must know about it. */
  readonly state: string;
  /** The administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly etcdSocket: string;
  readonly containerdSocket: string;
  /** Where runc keeps a directory for each container of the cluster, named by its id. */
  readonly containers: string;
  /** A file of the cluster's certificate authority. */
  pki(file: string): string;
  /** A component's configuration file. */
  config(file: string): string;
  /** The kubeconfig of one of the cluster's own users. */
  userKubeconfig(user: string): string;
  log(component: string): string;
  processRecord(component: string): string;
  /** A directory that a component keeps its data in. */
  data(name: string): string;
}

/** The paths of the cluster in `directory`. */
export function layoutOf(directory: string): Layout {
  const at = (...parts: string[]) => join(directory, ...parts);
  return {
    directory,
    state: at("cluster.json"),
    kubeconfig: at("kubeconfig"),
    auditLog: at("logs", "audit.log"),
    etcdSocket: at("etcd.sock"),
    containerdSocket: at("containerd.sock"),
    containers: at("containerd/runc/k8s.io"),
    pki: (file) => at("pki", file),
    config: (file) => at("config", file),
    userKubeconfig: (user) => at("config", `${user}.kubeconfig`),
    log: (component) => at("logs", `${component}.log`),
    processRecord: (component) => at("processes", `${component}.json`),
    data: (name) => at(name),
  };
}

/** The state directory that commands use when none is named. */
export function defaultDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment.EDGE_CLUSTER_DIRECTORY;
  return configured ? resolve(configured) : join(project, ".edge", "cluster");
}

/** Where compiled binaries are kept for all checkouts of this user. */
export function binariesDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const cache = environment.EDGE_CACHE_DIR;
  if (cache) return resolve(cache, "cluster");
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-iotedge", "cluster");
}

/** The folder of a pinned Go module. */
export function moduleDirectory(module: string): string {
  return fileURLToPath(new URL(`modules/${module}/`, import.meta.url));
}
