/** When an observer may say that a deployment will not become ready. */
export type Ending =
  /** Once this many looks in a row have shown the same cause. */
  | {
      readonly looks: number;
      /** Enough where nothing in the cluster can bring what it lacks. */
      readonly looksUnaided?: number;
      readonly onceMissing?: OnceMissing;
    }
  /** Once the container has ended this many times in the same way. */
  | {
      readonly runs: number;
      /** Whether what else is not ready yet may be what it needs: then its last run must have begun after all of that. */
      readonly withRest: boolean;
    };

/** Sooner than by looks at the failure alone: what it takes was looked for from before it failed. */
interface OnceMissing {
  /** Looks in a row at the failure that are enough then. */
  readonly looks: number;
  /** Looks in a row that have found the missing object missing. */
  readonly missing: number;
}

/** A reason why something does not run as it should. */
export interface Cause {
  /** For the documentation: what is seen. */
  readonly what: string;
  readonly severity: "error" | "warning";
  /** Absent where it may heal by itself. */
  readonly ending?: Ending;
  /** Whether it is a verdict on what stands there now, so that nothing of an earlier deployment is left to heal. */
  readonly isStanding?: true;
  /** What to do: `{key}` is replaced by the detail of that name; `{logs}`, `{up}`, `{restart}` and `{kubectl}` are commands. */
  readonly fix: string;
  /** The same where the stack says what the container is and gets: `{part}` is its key there. */
  readonly ofStack?: string;
}

/**
 * A registry, a controller or a person may be in the middle of things: what is definite is seen more than once. What
 * others may still bring, as an operator brings Secrets, is given more looks.
 */
const [few, some] = [{ looks: 2 }, { looks: 6 }] as const;

/** All causes that are told apart, the most telling first: docs/troubleshooting.md is made from this table. */
export const causes = {
  "manifest-refused": {
    what: "EdgeAgent has refused the deployment manifest; what an earlier one asked for goes on running",
    severity: "error",
    ending: { looks: 1 },
    isStanding: true,
    fix: "Correct the manifest as it says, then deploy it again: {up}",
  },
  "account-deleted": {
    what: "somebody has deleted the ServiceAccount of iotedged or EdgeAgent: the pod's token is of that one, and not of the next that was made by its name",
    severity: "error",
    ending: few,
    isStanding: true,
    fix: "Make the pod anew: {kubectl} delete pods -l app.kubernetes.io/name={component} -n {namespace}",
  },
  "object-refused": {
    what: "EdgeAgent could not write objects of a module: the API server or an admission policy refuses them",
    severity: "error",
    ending: some,
    fix: "Change what the module asks for, or what the policy of the cluster lets it have; then: {up}",
  },
  "image-name-invalid": {
    what: "an image's name is none that a registry can have",
    severity: "error",
    ending: few,
    fix: "Correct the image's name: small letters, then a tag or digest. Then: {up}",
  },
  "image-not-found": {
    what: "the registry does not have the image, or not under that tag",
    severity: "error",
    ending: few,
    fix: "Push the image, or correct its name and tag; then: {up}",
  },
  "image-not-on-node": {
    what: "the image may not be pulled (`imagePullPolicy: never`), and the node does not have it",
    severity: "error",
    ending: few,
    fix: "Load the image onto the node, or leave imagePullPolicy out; then: {up}",
  },
  "image-platform": {
    what: "the image does not exist for the node's architecture",
    severity: "error",
    ending: few,
    fix: "Push the image for the node's architecture too, or choose other nodes by k8s-experimental.nodeSelector; then: {up}",
  },
  "pull-secret-missing": {
    what: "the registry wants credentials, and a pull Secret that the pod names does not exist",
    severity: "error",
    // The time that the pod took to be tried counts for whoever brings the Secret.
    ending: { ...some, onceMissing: { ...few, missing: 8 } },
    fix: "Make Secret {secrets} in namespace {namespace}: {kubectl} create secret docker-registry {firstSecret} -n {namespace} --docker-server={registry} --docker-username=USER --docker-password=PASSWORD",
  },
  "image-unauthorized": {
    what: "the registry does not let the image be pulled with the credentials that there are, or hides that it has none",
    severity: "error",
    // What is in a pull Secret may be brought up to date; a pod that names none gets none.
    ending: { ...some, looksUnaided: few.looks },
    fix: "See that a pull Secret with rights for {registry} is in imagePullSecrets of the installation, and that the image's name is right; then: {up}",
  },
  "registry-untrusted": {
    what: "the node does not trust the registry's certificate, or the registry speaks plain HTTP",
    severity: "error",
    ending: some,
    fix: "Make the nodes' container runtime trust {registry}, or use a registry that they trust.",
  },
  "image-pull": {
    what: "an image cannot be pulled now: the registry is away, slow, or has a defect of its own",
    severity: "error",
    fix: "Nothing, where {registry} comes back by itself: the node tries again. Else see that the nodes reach it.",
  },
  "secret-missing": {
    what: "a Secret that the pod reads does not exist, or lacks a key",
    severity: "error",
    ending: some,
    fix: "Make the Secret in namespace {namespace}, or correct its name and key in the manifest; the pod then starts by itself.",
    ofStack:
      "Bring it back: {up}. Where the stack names one of yours, make that in namespace {namespace}; the pod then starts by itself.",
  },
  "configmap-missing": {
    what: "a ConfigMap that the pod reads does not exist, or lacks a key",
    severity: "error",
    ending: some,
    fix: "Make the ConfigMap in namespace {namespace}, or correct its name and key in the manifest; the pod then starts by itself.",
    ofStack:
      "Bring it back: {up}. Where the stack names one of yours, make that in namespace {namespace}; the pod then starts by itself.",
  },
  "runs-as-root": {
    what: "the image runs as root, or as a user that is a name, and the pod may not",
    severity: "error",
    ending: few,
    fix: 'Name a user in the module\'s createOptions: "User": "1000". Then: {up}',
  },
  "claim-missing": {
    what: "a PersistentVolumeClaim that the pod mounts does not exist",
    severity: "error",
    ending: some,
    fix: "Make the claim in namespace {namespace}, or let EdgeAgent do it: edgeAgent.volumes.create: true. Then: {up}",
  },
  "claim-template-missing": {
    what: "a ResourceClaimTemplate by which a module gets a device does not exist",
    severity: "error",
    ending: some,
    fix: "Make ResourceClaimTemplate {template} in namespace {namespace}, or correct its name in edgeAgent.policy; then: {up}",
  },
  "quota-exceeded": {
    what: "the namespace's ResourceQuota lets no more pods be made",
    severity: "error",
    ending: some,
    fix: "Raise the quota, or ask for less: {kubectl} describe resourcequota -n {namespace}",
  },
  "runtime-class-missing": {
    what: "the RuntimeClass by which a module gets its GPUs does not exist",
    severity: "error",
    ending: some,
    fix: "Make the RuntimeClass, with a handler that the nodes' container runtime has, or name another one by edgeAgent.policy.gpu; then: {up}",
  },
  "pod-refused": {
    what: "Pod Security, a LimitRange or an admission policy refuses the pod",
    severity: "error",
    ending: some,
    fix: "Change what the module asks for, or what the namespace lets it have: {kubectl} describe namespace {namespace}",
  },
  "pod-create": {
    what: "pods cannot be made now",
    severity: "error",
    fix: "Wait; where it stays so: {kubectl} get events -n {namespace} --field-selector reason=FailedCreate",
  },
  "no-such-program": {
    what: "the container's program cannot be started: there is none of that name, it is not executable, or is made for another architecture",
    severity: "error",
    ending: { runs: 2, withRest: false },
    fix: "Correct Entrypoint, Cmd or WorkingDir of the module's createOptions, or the image; then: {up}",
    ofStack: "See that the image of {part} in the stack is the one that was built for it, then: {up}",
  },
  "out-of-memory": {
    what: "a container was ended for taking more memory than its limit, or than its node had",
    severity: "error",
    ending: { runs: 3, withRest: false },
    fix: "Raise HostConfig.Memory in the module's createOptions, or find what takes it: {logs}",
    ofStack: "Find what takes it: {logs}. Or raise {part}.resources.limits.memory in the stack, then: {up}",
  },
  "health-check": {
    what: "the kubelet ended a container because its health check failed",
    severity: "error",
    ending: { runs: 3, withRest: true },
    fix: "See why the check fails, and whether its times fit the module: {logs}",
  },
  "program-exits": {
    what: "a program ends although it should go on running",
    severity: "error",
    ending: { runs: 3, withRest: true },
    fix: "See its log: {logs}",
  },
  "job-failed": {
    what: "a module that shall end (`restartPolicy` never or on-failure) has ended with an error, and is not started again",
    severity: "error",
    ending: few,
    fix: "See its log: {logs}. Once it is corrected, start it anew: {restart}",
  },
  "not-ready": {
    what: "a program runs, but its health check has not succeeded yet",
    severity: "error",
    fix: "Wait; where it stays so, see its log: {logs}",
  },
  "device-missing": {
    what: "no node has a device of the resource to spare that the pod asks for",
    severity: "error",
    fix: "See that the device plugin of {resource} runs where the device is, and who has what it offers: {kubectl} describe nodes. Or correct the resource's name in edgeAgent.policy.",
  },
  "no-node-matches": {
    what: "no node has the labels that the pod's node selector or affinity asks for, and nothing is making one",
    severity: "error",
    ending: some,
    fix: "Correct the selector in the module's k8s-extensions, or in the stack; or label a node: {kubectl} get nodes --show-labels. Then: {up}",
  },
  unschedulable: {
    what: "no node takes the pod: none is ready, fits, has room, or has the volume",
    severity: "error",
    fix: "Wait for a node or a volume; where it stays so: {kubectl} describe pod {pod} -n {namespace}",
  },
  "image-fetcher-strange": {
    what: "a Deployment that is called as if it fetched images is not as EdgeAgent makes them, or runs something",
    severity: "error",
    fix: "Find out who has made it: {kubectl} get deployment {deployment} -n {namespace} -o yaml --show-managed-fields. Then: {kubectl} delete deployment {deployment} -n {namespace}",
  },
  "node-lost": {
    what: "the cluster hears nothing of the pod's node; the pod may still run there",
    severity: "error",
    fix: "Bring node {node} back: {kubectl} describe node {node}. Where it is surely off, force its modules over: {kubectl} taint node {node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute",
  },
  "pod-waits": {
    what: "a pod cannot be started now: a volume cannot be mounted, or the node cannot make the container",
    severity: "error",
    fix: "Wait; where it stays so: {kubectl} describe pod {pod} -n {namespace}",
  },
  "manifest-warning": {
    what: "EdgeAgent has accepted the manifest, but something in it does not do what it seems to ask for",
    severity: "warning",
    fix: "Change it in the manifest where it matters.",
  },
  "manifest-edited": {
    what: "the manifest in the cluster is not the one that the stack declares: somebody has changed the ConfigMap by hand",
    severity: "warning",
    fix: "Take the change over into the stack, or bring the stack's manifest back: {up}",
  },
  "manifest-not-deployed": {
    what: "the stack declares another manifest than the one that was deployed last",
    severity: "warning",
    fix: "Deploy it: {up}",
  },
  "same-device": {
    what: "two installations have one device id at the same hub: the hub throws one of them out whenever the other connects",
    severity: "warning",
    fix: "Give one of them another deviceId in its stack.",
  },
} as const satisfies Readonly<Record<string, Cause>>;

export type CauseId = keyof typeof causes;

export function isStanding(id: CauseId): boolean {
  return (causes[id] as Cause).isStanding === true;
}

export function endingOf(id: CauseId): Ending | undefined {
  return (causes[id] as Cause).ending;
}
