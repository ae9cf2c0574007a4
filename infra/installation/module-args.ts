/** Paths of nodes that modules may mount. */
export interface HostPathArgs {
  /** A path of the node; what lies below it is included. */
  pathPrefix: string;
  /** Whether it may be mounted for reading only. @default true */
  readOnly?: boolean;
}

/**
 * What modules may ask for beyond the border of their namespace. Nothing by default; what a module has is told in its
 * status.
 */
export interface ModulePolicyArgs {
  /** @default none */
  hostPaths?: HostPathArgs[];
  /** @default false */
  hostNetwork?: boolean;
  /** @default false */
  hostPid?: boolean;
  /** @default false */
  hostIpc?: boolean;
  /** @default false */
  privileged?: boolean;
  /** Whether modules may run as user 0. @default false */
  root?: boolean;
  /** Names of Linux capabilities without `CAP_`. @default none but `NET_BIND_SERVICE` */
  capabilities?: string[];
}

/** What becomes of modules' named volumes. */
export interface VolumesArgs {
  /** Lets EdgeAgent make PersistentVolumeClaims that are not there. @default false */
  create?: boolean;
  /** Class of new claims. @default the cluster's default */
  storageClassName?: string;
  /** Size of new claims that name none. @default "1Gi" */
  size?: string;
  /** One of `ReadWriteOnce`, `ReadWriteOncePod`, `ReadWriteMany`. @default "ReadWriteOnce" */
  accessMode?: string;
  /** `retain` or `delete`: what becomes of a claim, and its data, once no module names it. @default "retain" */
  deletion?: string;
}
