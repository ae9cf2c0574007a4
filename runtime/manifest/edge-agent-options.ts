import { imageProblem } from "./image-reference.ts";
import { fixed, type Message, say } from "./message.ts";
import { type Field, isEmpty, ObjectReader } from "./object-reader.ts";
import { type Problems, plainText } from "./problems.ts";
import { joinCreateOptions } from "./split-create-options.ts";

/** Fields of `createOptions` that EdgeAgent's pod has by keys of the installation, and those keys. */
const keyOfField: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  HostConfig: Object.fromEntries(
    ["Memory", "MemoryReservation", "NanoCpus", "CpuQuota", "CpuPeriod", "CpuShares"].map((field) => [
      field.toLowerCase(),
      "edgeAgent.resources",
    ]),
  ),
  "k8s-experimental": { nodeselector: "edgeAgent.nodeSelector", resources: "edgeAgent.resources" },
  "k8s-extensions": {
    tolerations: "edgeAgent.tolerations",
    affinity: "edgeAgent.affinity",
    priorityclassname: "edgeAgent.priorityClassName",
    replicas: "edgeAgent.replicas",
  },
};
const keyOfVariable: Readonly<Record<string, string>> = { RuntimeLogLevel: "edgeAgent.logLevel" };

const message = "has no effect: EdgeAgent runs as the installation says";

/**
 * Reads what an entry of EdgeAgent asks for itself, and warns of it: iotedged makes its pod, from the installation's
 * settings.
 *
 * @returns the entry without what has no effect; undefined where there is nothing to report
 */
export function readEdgeAgentOptions(field: Field, problems: Problems): Field | undefined {
  const reader = ObjectReader.open(field, problems);
  if (reader === undefined) return undefined;
  for (const [name, { path }] of reader.object("env")?.entries() ?? []) warn(path, keyOfVariable[name], problems);
  const settings = reader.object("settings");
  if (settings === undefined) return undefined;
  const isReported = hasUsableImage(settings, problems);
  const options = joinCreateOptions(settings, problems);
  if (options !== undefined) warnOfOptions(options, problems);
  if (!isReported) return undefined;
  const { env: _, settings: given, ...rest } = field.value as Readonly<Record<string, unknown>>;
  const kept = Object.entries(given as object).filter(([key]) => !key.startsWith("createOptions"));
  return { path: field.path, value: { ...rest, settings: Object.fromEntries(kept) } };
}

/** An image that nobody fetches is no reason to refuse a manifest. */
function hasUsableImage(settings: ObjectReader, problems: Problems): boolean {
  const image = settings.take("image");
  if (image === undefined || imageProblem(plainText(image.value).trim()) === undefined) return true;
  problems.warn(image.path, message, "Leave it: the installation's images.edgeAgent is what runs.");
  return false;
}

function warnOfOptions(options: Field, problems: Problems): void {
  const reader = ObjectReader.open(options, problems, { ignoreCase: true });
  for (const [name, keys] of Object.entries(keyOfField)) {
    const section = reader?.object(name);
    for (const [field, key] of Object.entries(keys)) {
      const found = section?.take(field);
      if (found !== undefined && !isEmpty(found.value)) warn(found.path, key, problems);
    }
    section?.warnOfUnsupported(message, remedyOf(undefined));
  }
  reader?.warnOfUnsupported(message, remedyOf(undefined));
}

function warn(path: string, key: string | undefined, problems: Problems): void {
  if (!problems.hasAllWarnings) problems.warn(path, message, remedyOf(key));
}

function remedyOf(key: string | undefined): Message {
  if (key === undefined) return fixed("Remove it: the installation has no key for it.");
  return say`Use the installation's key ${fixed(key)}.`;
}
