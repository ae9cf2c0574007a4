import {
  objectNames,
  portNames,
  ports,
  proxyContainer,
  proxyEnvironment,
  proxyMounts,
  proxyPortVariables,
  volumeNames,
} from "#contract";
import { every, ifPresent, literal, present, some, without } from "./cel.ts";
import type { Guarded, Rule } from "./rule.ts";

const proxy = "variables.initContainers[0]";
const security = `${proxy}.securityContext`;
const volumes = "variables.pod.volumes";

/** That the proxy beside a module is the installation's own, and does what EdgeAgent is told to let it do. */
export function proxyRules({ settings }: Guarded): readonly Rule[] {
  const { image, imagePullPolicy } = settings.proxy;
  const environment = proxyEnvironment({ management: false, logLevel: settings.logLevel, proxy: settings.proxy });
  const mounts = proxyMounts.map(({ name, mountPath }) => `${name}:${mountPath}`);
  return [
    {
      expression: every([
        "size(variables.initContainers) == 1",
        `${proxy}.name == ${literal(proxyContainer)}`,
        `${proxy}.image == ${literal(image)}`,
        `${proxy}.imagePullPolicy == ${literal(imagePullPolicy)}`,
        present(`${proxy}.restartPolicy`, `${proxy}.restartPolicy == "Always"`),
      ]),
      message: "the proxy is the one init container, of the image that the installation names",
    },
    {
      expression: every([
        without(proxy, ["command", "args", "workingDir", "readinessProbe", "stdin", "tty"]),
        `${variables(settings)} == ${literal(environment.map(({ name, value }) => `${name}=${value}`))}`,
        probe("startupProbe", "/readyz"),
        probe("livenessProbe", "/livez"),
        port(settings),
      ]),
      message: "the proxy runs as its image says, with the variables and probes that EdgeAgent gives it",
    },
    {
      expression: every([
        `has(${security})`,
        present(`${security}.runAsNonRoot`, `${security}.runAsNonRoot`),
        present(`${security}.readOnlyRootFilesystem`, `${security}.readOnlyRootFilesystem`),
        present(`${security}.allowPrivilegeEscalation`, `!${security}.allowPrivilegeEscalation`),
        ifPresent(`${security}.privileged`, `!${security}.privileged`),
        present(`${security}.capabilities`, `!has(${security}.capabilities.add)`),
        without(security, ["runAsUser", "runAsGroup"]),
      ]),
      message: "the proxy is as hardened as EdgeAgent makes it, whatever its module may",
    },
    {
      expression: every([
        `${proxy}.volumeMounts.map(mount, mount.name + ":" + mount.mountPath) == ${literal(mounts)}`,
        `${proxy}.volumeMounts.all(mount, ${without("mount", ["subPath", "subPathExpr"])})`,
        ...[
          [volumeNames.moduleToken, "has(volume.projected)"],
          [
            volumeNames.trustBundle,
            present("volume.configMap", `volume.configMap.name == ${literal(objectNames.trustBundle)}`),
          ],
          [volumeNames.proxyScratch, "has(volume.emptyDir)"],
        ].map(
          ([name, source]) =>
            `${volumes}.exists_one(volume, volume.name == ${literal(name)} && ${some([source ?? ""])})`,
        ),
      ]),
      message: "the proxy has its module's token, the trust bundle and scratch space, and nothing else",
    },
  ];
}

/** The proxy's variables, but for the ports at which it listens where several share the network of a node. */
function variables({ modules }: Guarded["settings"]): string {
  const all = `${proxy}.env.map(variable, variable.name + "=" + (has(variable.value) ? variable.value : ""))`;
  if (!modules.policy.hostNetwork) return all;
  const port = `^(${Object.values(proxyPortVariables).join("|")})=2[12][0-9]{3}$`;
  const ofNode = present("variables.pod.hostNetwork", "variables.pod.hostNetwork");
  return `(${ofNode} ? ${all}.filter(text, !text.matches(${literal(port)})) : ${all})`;
}

/** Where the proxy itself listens: at another port of the name, its module could answer for it. */
function port({ modules }: Guarded["settings"]): string {
  const port = `${proxy}.ports[0].containerPort`;
  const usual = `${port} == ${ports.proxyObservability}`;
  const told = `variable.name == ${literal(proxyPortVariables.observability)}`;
  const isTold = every([
    `${proxy}.env.all(variable, !(${told}) || variable.value == string(${port}))`,
    some([usual, `${proxy}.env.exists(variable, ${told})`]),
  ]);
  return every([
    `${proxy}.ports.map(port, port.name) == ${literal([portNames.proxyObservability])}`,
    `${proxy}.ports.all(port, port.all(field, field in ["containerPort", "hostPort", "name", "protocol"]))`,
    modules.policy.hostNetwork ? isTold : usual,
  ]);
}

/** Probes by which the kubelet asks the proxy itself: others run commands in it, or ask somebody else. */
function probe(name: string, path: string): string {
  const request = `${proxy}.${name}.httpGet`;
  const often = ["failureThreshold", "httpGet", "periodSeconds", "successThreshold", "timeoutSeconds"];
  const expected = { path, port: portNames.proxyObservability, scheme: "HTTP" };
  return present(
    `${proxy}.${name}`,
    every([
      `${proxy}.${name}.all(field, field in ${literal(often)})`,
      present(request, `${request} == ${literal(expected)}`),
    ]),
  );
}
