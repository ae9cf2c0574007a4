/** A module that cannot run, and what has to be said about it. */
export interface FailingModule {
  readonly id: string;
  /** Fields of the module's entry in the manifest. */
  readonly module: { readonly settings?: object; readonly [field: string]: unknown };
  /** Fields of the installation. */
  readonly installation?: object;
  /** What the namespace has beside the installation, as kubectl creates it. */
  readonly objects?: readonly object[];
  /** What the message says beside the cause's id. */
  readonly says: RegExp;
  /** What the way out says. */
  readonly fix: RegExp;
}

const second = 1_000_000_000;
const node = (code: string) => ({ createOptions: { Entrypoint: ["/bin/node", "-e", code] } });
const forever = "setInterval(() => {}, 1000)";

/**
 * Ways of a module not to run that waiting does not heal.
 *
 * @param registry address of a registry that has no image
 */
export function failingModules(registry: string): readonly FailingModule[] {
  return [...images(registry), ...whatIsMissing, ...refusedPods, ...nodeless, ...programs];
}

function images(registry: string): readonly FailingModule[] {
  const image = (name: string) => ({ settings: { image: `${registry}/${name}` } });
  return [
    {
      id: "image-not-found",
      module: image("lib/nosuch:1"),
      says: /lib\/nosuch:1 cannot be pulled: its registry does not have it/,
      fix: /Push the image, or correct its name and tag; then: npx edgectl (?:--project \S+ )?up --stack \S+/,
    },
    {
      id: "image-unauthorized",
      module: image("private/x:1"),
      says: /private\/x:1 cannot be pulled: its registry refuses it/,
      fix: /imagePullSecrets/,
    },
    {
      id: "pull-secret-missing",
      module: image("private/y:1"),
      installation: { imagePullSecrets: ["regcred"] },
      says: /pull Secret regcred does not exist/,
      fix: /create secret docker-registry regcred -n \S+ --docker-server=127/,
    },
    {
      id: "image-platform",
      module: image("foreign/x:1"),
      says: /foreign\/x:1 does not exist for the node's architecture/,
      fix: /Push the image for the node's architecture too.*npx edgectl (?:--project \S+ )?up --stack \S+/,
    },
    {
      id: "image-not-on-node",
      module: { imagePullPolicy: "never", settings: { image: "registry.example.com/never:1" } },
      says: /may not be pulled/,
      fix: /Load the image onto the node/,
    },
  ];
}

const variable = (valueFrom: object) => ({ env: { VALUE: { valueFrom } } });

const whatIsMissing: readonly FailingModule[] = [
  {
    id: "secret-missing",
    module: variable({ secretKeyRef: { name: "plc", key: "password" } }),
    says: /Secret plc does not exist/,
    fix: /Make the Secret in namespace \S+/,
  },
  {
    id: "configmap-missing",
    module: variable({ configMapKeyRef: { name: "iotedged-proxy-trust-bundle", key: "none" } }),
    says: /ConfigMap iotedged-proxy-trust-bundle has no key none/,
    fix: /correct its name and key/,
  },
  {
    id: "claim-missing",
    module: {
      settings: { createOptions: { HostConfig: { Mounts: [{ Type: "volume", Source: "data", Target: "/data" }] } } },
    },
    says: /PersistentVolumeClaim data does not exist/,
    fix: /edgeAgent\.volumes\.create: true/,
  },
];

const refusedPods: readonly FailingModule[] = [
  {
    id: "quota-exceeded",
    module: { settings: node(forever) },
    objects: [
      { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "two-pods" }, spec: { hard: { pods: "2" } } },
    ],
    says: /exceeded quota: two-pods/,
    fix: /describe resourcequota -n \S+/,
  },
  {
    id: "pod-refused",
    module: { settings: node(forever) },
    objects: [
      {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "small" },
        spec: { limits: [{ type: "Pod", max: { memory: "1Mi" } }] },
      },
    ],
    says: /maximum memory usage per Pod is 1Mi/,
    fix: /describe namespace \S+/,
  },
];

const nodeless: readonly FailingModule[] = [
  {
    id: "no-node-matches",
    module: {
      settings: {
        createOptions: {
          ...node(forever).createOptions,
          "k8s-experimental": { nodeSelector: { "kubernetes.io/arch": "s390x" } },
        },
      },
    },
    says: /no node takes its pod: 0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector/,
    fix: /get nodes --show-labels/,
  },
];

const programs: readonly FailingModule[] = [
  {
    id: "no-such-program",
    module: { settings: { createOptions: { Entrypoint: ["/bin/nosuch"] } } },
    says: /its program cannot be started: exec: "\/bin\/nosuch".*no such file or directory/,
    fix: /Correct Entrypoint/,
  },
  {
    id: "out-of-memory",
    module: {
      settings: {
        createOptions: {
          Entrypoint: ["/bin/node", "-e", "const all = []; for (;;) all.push(Buffer.alloc(1e6, 1));"],
          HostConfig: { Memory: 64 * 1024 * 1024 },
        },
      },
    },
    says: /OOMKilled: memory limit 64 MiB, exit code 137, \d+ times/,
    fix: /Raise HostConfig\.Memory.*npx edgectl (?:--project \S+ )?logs \S+ --previous -n \S+/,
  },
  {
    id: "program-exits",
    module: {
      // By one stream: what two have at once may be logged in either order.
      settings: node("console.error('begins'); console.error('cannot open /dev/ttyUSB0'); process.exit(3);"),
    },
    says: /its program ends with exit code 3, \d+ times; its last line: cannot open \/dev\/ttyUSB0/,
    fix: /npx edgectl (?:--project \S+ )?logs \S+ --previous -n \S+/,
  },
  {
    id: "health-check",
    module: {
      settings: {
        createOptions: {
          Entrypoint: ["/bin/node", "-e", forever],
          StopTimeout: 1,
          Healthcheck: {
            Test: ["CMD", "/bin/node", "-e", "console.log('queue is full'); process.exit(1)"],
            Interval: second,
            Timeout: 30 * second,
            Retries: 1,
          },
        },
      },
    },
    says: /ended because its health check failed: Liveness probe failed: queue is full/,
    fix: /npx edgectl (?:--project \S+ )?logs \S+ --previous -n \S+/,
  },
  {
    id: "job-failed",
    module: { restartPolicy: "never", settings: node("console.log('no work'); process.exit(4);") },
    says: /its program ends with exit code 4; its last line: no work/,
    fix: /npx edgectl (?:--project \S+ )?logs \S+ -n \S+.*npx edgectl (?:--project \S+ )?restart \S+ -n \S+/,
  },
];
