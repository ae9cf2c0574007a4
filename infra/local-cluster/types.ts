import type { IpFamilies } from "./network-plan.ts";

/** Takes one line of progress, without a line break. */
export type Progress = (line: string) => void;

/** A running single-node Kubernetes on this machine. */
export interface LocalCluster {
  /** Where its state, logs and keys are; gone after `stopCluster`. */
  readonly directory: string;
  /** Path of a kubeconfig with full rights; mode 0600. */
  readonly kubeconfig: string;
  /** The context in `kubeconfig`. */
  readonly context: string;
  /** Path of a kubectl of the cluster's own version. */
  readonly kubectl: string;
  /** Path of the API server's audit log: one JSON event per line. */
  readonly auditLog: string;
  /** Which addresses its pods and Services have. */
  readonly ipFamilies: IpFamilies;
}

/** A running etcd, kube-apiserver and kube-controller-manager: the whole API, but no pod ever runs. */
export interface ControlPlane {
  readonly kubeconfig: string;
  readonly context: string;
  readonly kubectl: string;
  readonly auditLog: string;
  /** Port of the API server on 127.0.0.1. */
  readonly port: number;
  /** Ends its processes and removes its directory. */
  stop(): Promise<void>;
}

/** What to call a cluster, and where it lives. */
export interface ClusterOptions {
  /** State directory; default `.edge/cluster` in the project. */
  readonly directory?: string;
  /** Which addresses pods and Services get; default: those of a cluster that is there, else `ipv4`. */
  readonly ipFamilies?: IpFamilies;
  readonly progress?: Progress;
}
