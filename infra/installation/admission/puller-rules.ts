import { labels, pullCommand, pullerLabels, pullerPrefix, pullerSelector } from "#contract";
import { every, literal, present, some, without } from "./cel.ts";
import type { Guarded, Rule } from "./rule.ts";

const pod = "variables.pod";
const name = "variables.subject.metadata.name";
const security = "container.securityContext";

/** That the object is a Deployment that fetches images: with its dot, the name is none that a module's can have. */
export const isPuller = `request.resource.resource == "deployments" && ${name}.startsWith(${literal(pullerPrefix)})`;

/** The expression, for every object but those that fetch images. */
export const unlessPuller = (expression: string) => some(["variables.isPuller", expression]);

/** That a map has exactly these labels, of which that of the puller is the object's name. */
export function hasOnly(map: string, wanted: Readonly<Record<string, string>>): string {
  const entries = Object.entries(wanted).map(
    ([key, value]) => `${literal(key)}: ${key === labels.puller ? `string(${name})` : literal(value)}`,
  );
  return `${map} == {${entries.join(", ")}}`;
}

/**
 * What a Deployment may be that fetches images before a module's old pod is stopped. It has neither identity nor proxy, and
 * less than any module: no volume, no variable, no port, and a command that no image has.
 */
export function pullerRules({ id }: Guarded): readonly Rule[] {
  const rules = [
    {
      expression: every([
        hasOnly("variables.labels", pullerLabels(id.name, "")),
        hasOnly("variables.templateLabels", pullerLabels(id.name, "")),
        hasOnly("dyn(object).spec.selector.matchLabels", pullerSelector(id.name, "")),
        "!has(dyn(object).spec.selector.matchExpressions)",
        "size(variables.templateAnnotations) == 0",
      ]),
      message: "what fetches images has labels of its own and no annotations, and nothing else selects its pods",
    },
    {
      expression: every([
        without(pod, ["serviceAccountName", "volumes", "initContainers", "hostAliases", "hostname", "dnsConfig"]),
        present(`${pod}.automountServiceAccountToken`, `!${pod}.automountServiceAccountToken`),
        present(`${pod}.securityContext`, `!has(${pod}.securityContext.sysctls)`),
      ]),
      message: "what fetches images has no ServiceAccount, no token, no volumes and no other containers",
    },
    {
      expression: `${pod}.containers.all(container, ${every([
        without("container", ["args", "env", "envFrom", "ports", "volumeMounts", "volumeDevices", "lifecycle"]),
        without("container", ["startupProbe", "livenessProbe", "readinessProbe", "stdin", "tty", "workingDir"]),
        present("container.command", `container.command == ${literal(pullCommand)}`),
        present(
          security,
          every([
            present(`${security}.runAsNonRoot`, `${security}.runAsNonRoot`),
            present(`${security}.readOnlyRootFilesystem`, `${security}.readOnlyRootFilesystem`),
            present(`${security}.allowPrivilegeEscalation`, `!${security}.allowPrivilegeEscalation`),
            present(`${security}.privileged`, `!${security}.privileged`),
            present(`${security}.capabilities`, `!has(${security}.capabilities.add)`),
          ]),
        ),
      ])})`,
      message: "what fetches images runs nothing of them",
    },
  ];
  return rules.map(({ expression, message }) => ({
    expression: some(["!variables.isPuller", "!variables.hasNewTemplate", expression]),
    message,
  }));
}
