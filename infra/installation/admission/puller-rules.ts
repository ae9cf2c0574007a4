import { labels, pullCommandBase, pullerLabels, pullerPrefix, pullerSelector } from "#contract";
import { every, literal, present, some } from "./cel.ts";
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

/** What EdgeAgent writes of one, and what the API server fills in. */
const podFields = [
  ...["affinity", "automountServiceAccountToken", "containers", "dnsPolicy", "enableServiceLinks", "imagePullSecrets"],
  ...["nodeSelector", "restartPolicy", "schedulerName", "securityContext", "terminationGracePeriodSeconds"],
  "tolerations",
];
const containerFields = [
  ...["command", "image", "imagePullPolicy", "name", "resources", "securityContext"],
  ...["terminationMessagePath", "terminationMessagePolicy"],
];
/** The module's own image, and that of the proxy. */
const mostImages = 2;

/**
 * What a Deployment may be that fetches images before a module's old pod is stopped. It has neither identity nor proxy, and
 * less than any module: no volume, no variable, no port, and a command that no image can have.
 */
export function pullerRules({ id }: Guarded): readonly Rule[] {
  const spec = "dyn(object).spec";
  const command = `container.command == [${literal(pullCommandBase)} + ${name}]`;
  const ofPods = [
    {
      expression: every([
        hasOnly("variables.labels", pullerLabels(id.name, "")),
        hasOnly("variables.templateLabels", pullerLabels(id.name, "")),
        hasOnly(`${spec}.selector.matchLabels`, pullerSelector(id.name, "")),
        `!has(${spec}.selector.matchExpressions)`,
        "size(variables.templateAnnotations) == 0",
      ]),
      message: "what fetches images has labels of its own and no annotations, and nothing else selects its pods",
    },
    {
      expression: every([
        `${pod}.all(field, field in ${literal(podFields)})`,
        present(`${pod}.automountServiceAccountToken`, `!${pod}.automountServiceAccountToken`),
        present(`${pod}.securityContext`, `!has(${pod}.securityContext.sysctls)`),
        `${pod}.terminationGracePeriodSeconds == 0`,
      ]),
      message: "what fetches images has no ServiceAccount, no token, no volumes and no other containers",
    },
    {
      expression: `${pod}.containers.all(container, ${every([
        `container.all(field, field in ${literal(containerFields)})`,
        present("container.command", command),
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
  ].map(({ expression, message }) => ({ expression: some(["!variables.hasNewTemplate", expression]), message }));
  const one = {
    expression: some([
      'request.operation == "DELETE"',
      every([`${spec}.replicas == 1`, `size(${spec}.template.spec.containers) <= ${mostImages}`]),
    ]),
    message: "what fetches images is one pod, of the images of one module",
  };
  return [...ofPods, one].map(({ expression, message }) => ({
    expression: some(["!variables.isPuller", expression]),
    message,
  }));
}
