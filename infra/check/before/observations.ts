import type { ClusterService } from "../../deploy/index.ts";
import type { LiveObject } from "../../kubernetes/index.ts";
import type { KubernetesObject } from "../../render/index.ts";
import type { Observed } from "../model/observed.ts";
import type { Rights } from "../rights/review-rights.ts";

/** A program on the PATH, by what it says of its version; undefined where there is none. */
export type Tool = string | undefined;

/** Commands that run as they are printed. */
export interface BeforeHints {
  readonly kubectl: string;
  /** Deploys the stack; undefined where none is named. */
  readonly up: string | undefined;
}

/** What the API server says of itself, and when. */
export interface ServerAnswer {
  readonly gitVersion: string;
  /** Its clock, in milliseconds since 1970; undefined where it does not tell. */
  readonly date: number | undefined;
  /** This machine's clock before and after the answer. */
  readonly asked: number;
  readonly answered: number;
}

/** The namespace of an installation that the stack declares. */
export interface NamespaceSeen {
  readonly name: string;
  /** Undefined where there is none yet. */
  readonly object: Observed<LiveObject | undefined>;
  readonly quotas: Observed<readonly LiveObject[]>;
  readonly limits: Observed<readonly LiveObject[]>;
  /** Pull Secrets that the installation names, and whether they are there. */
  readonly pullSecrets: Observed<readonly { readonly name: string; readonly exists: boolean }[]>;
  /** Whether iotedged's account may use an SCC that lets it run as its images do; undefined outside of OpenShift. */
  readonly scc: Observed<boolean | undefined>;
  /** Whether iotedged is deployed there. */
  readonly deployed: Observed<boolean>;
}

/** What is seen of a cluster and of a stack that shall be deployed there. */
export interface DeploymentSeen {
  readonly now: number;
  readonly hints: BeforeHints;
  /** Address of the API server. */
  readonly server: string;
  readonly api: Observed<ServerAnswer>;
  readonly nodes: Observed<readonly LiveObject[]>;
  /** Where pods reach the API server and the cluster's DNS. */
  readonly apiServer: Observed<ClusterService>;
  readonly dns: Observed<ClusterService>;
  /** Undefined where no stack is named. */
  readonly stack: StackSeen | undefined;
}

/** What is seen before a deployment: the workstation, too, and what is there beside the stack. */
export interface BeforeSeen extends DeploymentSeen {
  readonly tools: { readonly node: Tool; readonly pulumi: Tool; readonly kubectl: Tool };
  readonly environment: {
    readonly proxy: string | undefined;
    readonly noProxy: string | undefined;
    /** Whether the kubeconfig names a proxy itself. */
    readonly ofKubeconfig: boolean;
  };
  /** What is there of the runtime outside of the stack. */
  readonly leftovers: Observed<readonly string[]>;
}

export interface ForeignObject {
  /** `Kind namespace/name` */
  readonly name: string;
  /** Whether Flux or Argo CD deploys it. */
  readonly isGitOps: boolean;
}

export interface StackSeen {
  readonly name: string;
  /** Not known where the program refuses the configuration; then `refusal` says why. */
  readonly objects: Observed<readonly KubernetesObject[]>;
  readonly refusal: { readonly code: string; readonly message: string; readonly remedy: string } | undefined;
  readonly warnings: readonly string[];
  /** Architecture of the machine that has built the images, where it was this one. */
  readonly builtFor: string | undefined;
  /** Kinds that the stack declares and the cluster does not serve. */
  readonly unservedKinds: Observed<readonly string[]>;
  readonly rights: Observed<Rights>;
  readonly namespaces: readonly NamespaceSeen[];
  readonly storageClasses: Observed<readonly LiveObject[]>;
  /** Objects that the stack declares, that exist, and that are not the stack's. */
  readonly foreign: Observed<readonly ForeignObject[]>;
  /** The stack's CAs in the cluster. */
  readonly certificates: Observed<readonly LiveObject[]>;
  /** Who has the Lease of a rollout of this stack. */
  readonly lock: Observed<LiveObject | undefined>;
}
