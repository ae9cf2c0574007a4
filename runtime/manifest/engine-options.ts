import { type Field, isEmpty, ObjectReader } from "./object-reader.ts";
import { type Problems, plainText } from "./problems.ts";

/** Docker's words for a container that is not started again. */
const noRestart = ["", "no"];
/** Paths of the kernel that Docker hides from a container, or keeps it from writing to, unless a list takes their place. */
const confinedPaths = ["MaskedPaths", "ReadonlyPaths"] as const;

/** Reads what `HostConfig` asks of Docker's engine itself, where something else decides here. */
export function readEngineOptions(host: ObjectReader | undefined, problems: Problems): void {
  const restart = host?.take("RestartPolicy");
  if (restart !== undefined && isRestarted(restart, problems)) {
    const message = "has no effect: the module's own restartPolicy decides";
    problems.ignore(restart.path, message, "Write what shall happen into the module's restartPolicy.");
  }
  const published = host?.take("PublishAllPorts");
  if (published !== undefined && host?.flag("PublishAllPorts") === true) {
    const message = "publishes nothing: no ports of a node are chosen for what a module exposes";
    problems.ignore(published.path, message, "Name the ports in HostConfig.PortBindings.");
  }
  for (const key of confinedPaths) {
    const paths = host?.take(key);
    if (paths === undefined) continue;
    if (isEmpty(paths.value)) {
      const remedy = "Remove it: what Docker hides of the kernel without it stays hidden.";
      problems.error(paths.path, "changes how the node confines the container", remedy);
    } else problems.ignore(paths.path, "has no effect: a pod has the paths of its container runtime", "Remove it.");
  }
}

function isRestarted(field: Field, problems: Problems): boolean {
  const policy = ObjectReader.open(field, problems, { ignoreCase: true });
  return policy !== undefined && !noRestart.includes(plainText(policy.take("Name")?.value ?? ""));
}
