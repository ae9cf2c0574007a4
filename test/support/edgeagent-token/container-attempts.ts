import { type Attempt, inWorkloads, type Loose, type Originals } from "./attempts.ts";

const module = (change: (container: Loose) => void) => (template: Loose) => change(template.spec.containers[0]);
const proxy = (change: (container: Loose, pod: Loose) => void) => (template: Loose) =>
  change(template.spec.initContainers[0], template.spec);
const confined = (fields: object) => module(({ securityContext }) => Object.assign(securityContext, fields));
const variable = (valueFrom: object) => module(({ env }) => env.push({ name: "LOOT", valueFrom }));

/** What concerns the module's container and its proxy. */
export function containerAttempts(originals: Originals): readonly Attempt[] {
  return [
    ...inWorkloads(originals, variables),
    ...inWorkloads(originals, privileges),
    ...inWorkloads(originals, others),
    ...inWorkloads(originals, proxies),
  ];
}

const variables = {
  "the CA's key as variable": variable({ secretKeyRef: { name: "iotedged-workload-ca", key: "tls.key" } }),
  "the key of a CA of one's own as variable": variable({ secretKeyRef: { name: "our-ca", key: "tls.key" } }),
  "the settings as variable": variable({ configMapKeyRef: { name: "iotedged-agent-config", key: "settings.json" } }),
  "another Secret of the namespace as variable": variable({ secretKeyRef: { name: "of-others", key: "k" } }),
  "the identity key as all variables": module((container) => {
    container.envFrom = [{ secretRef: { name: "iotedged-identity" } }];
  }),
  "another Secret as all variables": module((container) => {
    container.envFrom = [{ secretRef: { name: "of-others" } }];
  }),
};

const privileges = {
  privilege: confined({ privileged: true, allowPrivilegeEscalation: true }),
  escalation: confined({ allowPrivilegeEscalation: true }),
  "a capability": confined({ capabilities: { drop: ["ALL"], add: ["SYS_PTRACE"] } }),
  "the capability that needs no policy": confined({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }),
  "the capabilities of every container": confined({ capabilities: {} }),
  "user 0": confined({ runAsUser: 0, runAsNonRoot: false }),
  "group 0": confined({ runAsGroup: 0 }),
  "whatever user its image names": confined({ runAsNonRoot: false }),
  "nothing of the hardening": module((container) => {
    delete container.securityContext;
  }),
  "a seccomp profile of its own": confined({ seccompProfile: { type: "Unconfined" } }),
  "a port of the node": module((container) => {
    container.ports = [{ containerPort: 8080, hostPort: 8080 }];
  }),
  "a writable root file system": confined({ readOnlyRootFilesystem: false }),
};

const others = {
  "another image": module((container) => {
    container.image = "registry.example.com/any:1";
  }),
  "another container beside it": (template: Loose) => {
    template.spec.containers.push({ ...template.spec.containers[0], name: "second" });
  },
  "another name of its container": module((container) => {
    container.name = "other";
  }),
  "a hook": module((container) => {
    container.lifecycle = { preStop: { exec: { command: ["/x"] } } };
  }),
  "a probe by which the kubelet calls somebody": module((container) => {
    container.livenessProbe = { httpGet: { host: "169.254.169.254", path: "/", port: 80 } };
  }),
  "the proxy's token in its container": module((container) => {
    container.volumeMounts.push({ name: "iotedge-token", mountPath: "/t" });
  }),
  "an address of the node for its port": module((container) => {
    container.ports[0].hostIP = "192.0.2.1";
  }),
  "a field that no module needs": module((container) => {
    container.resizePolicy = [{ resourceName: "cpu", restartPolicy: "NotRequired" }];
  }),
  "a block device": (template: Loose) => {
    template.spec.volumes.push({ name: "b", persistentVolumeClaim: { claimName: "c" } });
    template.spec.containers[0].volumeDevices = [{ name: "b", devicePath: "/dev/b" }];
  },
};

const proxies = {
  "no proxy": (template: Loose) => {
    delete template.spec.initContainers;
    template.spec.containers[0].volumeMounts = [];
  },
  "another image of the proxy": proxy((container) => {
    container.image = "registry.example.com/thief:1";
  }),
  "another pull policy of the proxy": proxy((container) => {
    container.imagePullPolicy = "Always";
  }),
  "another command of the proxy": proxy((container) => {
    container.command = ["/bin/sh"];
  }),
  "arguments of the proxy": proxy((container) => {
    container.args = ["--anything"];
  }),
  "the management API by the proxy": proxy(({ env }) => {
    env.find(({ name }: Loose) => name === "PROXY_MANAGEMENT").value = "on";
  }),
  "another iotedged for the proxy": proxy(({ env }) => {
    env.find(({ name }: Loose) => name === "IOTEDGED_HOST").value = "192.0.2.1";
  }),
  "one more variable of the proxy": proxy(({ env }) => env.push({ name: "LD_PRELOAD", value: "/x.so" })),
  "a command in the proxy's probe": proxy((container) => {
    container.livenessProbe = { exec: { command: ["/x"] } };
  }),
  "a probe of another port of the proxy's pod": proxy((container) => {
    container.startupProbe.httpGet.port = 28080;
  }),
  "the proxy's port where its module listens": proxy((container) => {
    container.ports[0].containerPort = 28080;
  }),
  "a probe of the proxy over TLS": proxy((container) => {
    container.startupProbe.httpGet.scheme = "HTTPS";
  }),
  "a header in the proxy's probe": proxy((container) => {
    container.startupProbe.httpGet.httpHeaders = [{ name: "Host", value: "example.com" }];
  }),
  "one more probe of the proxy": proxy((container) => {
    container.readinessProbe = { exec: { command: ["/x"] } };
  }),
  "a hook of the proxy": proxy((container) => {
    container.lifecycle = { postStart: { exec: { command: ["/x"] } } };
  }),
  "root for the proxy": proxy(({ securityContext }) =>
    Object.assign(securityContext, { runAsUser: 0, runAsNonRoot: false }),
  ),
  "a capability of the proxy": proxy(({ securityContext }) => {
    securityContext.capabilities = { drop: ["ALL"], add: ["NET_BIND_SERVICE"] };
  }),
  "one more volume in the proxy": proxy(({ volumeMounts }, pod) => {
    pod.volumes.push({ name: "x", emptyDir: {} });
    volumeMounts.push({ name: "x", mountPath: "/x" });
  }),
  "another trust bundle": proxy((_, pod) => {
    pod.volumes.find(({ name }: Loose) => name === "iotedge-trust-bundle").configMap = { name: "of-thieves" };
  }),
  "one more init container": (template: Loose) => {
    const { securityContext } = template.spec.containers[0];
    template.spec.initContainers.push({ name: "first", image: "registry.example.com/any:1", securityContext });
  },
};
