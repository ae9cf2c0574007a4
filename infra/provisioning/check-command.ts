import { type Clock, isJsonObject, parseJson } from "#base";
import { dataKeys, type IotedgedSettings, objectNames } from "#contract";
import { connectHttps, openLink } from "#iot-hub";
import { resolveTarget } from "../deploy/index.ts";
import { connect } from "../kubernetes/index.ts";
import { type KubernetesObject, renderStack } from "../render/index.ts";
import { type CommandContext, type ExitCode, exitCodes } from "../terminal/index.ts";
import { checkDevice, type DeviceCheckOptions } from "./check-device.ts";
import { provisioningCheckErrors } from "./errors.ts";
import { readClusterSecret, readSecretFile } from "./read-secret.ts";
import { formatReport, type ProvisioningReport } from "./report.ts";

export interface CheckFlags {
  readonly stack: string;
  readonly namespace?: string;
  readonly secret?: string;
  readonly json: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** How hubs are reached; tests lead it to a hub of their own. */
type Way = Pick<DeviceCheckOptions, "connect" | "open" | "target">;

/** `edgectl provisioning check` */
export async function check(
  flags: CheckFlags,
  context: CommandContext,
  way: Way = { connect: connectHttps, open: openLink },
): Promise<ExitCode> {
  const { projectDirectory, output, signal } = context;
  const { stack, secret: file } = flags;
  const rendered = await renderStack({ projectDirectory, stack, preview: true, keptState: false, log: () => {} });
  const { namespace, settings, secretName } = connectedIn(
    rendered.objects.map(({ object }) => object),
    flags,
  );
  const readCluster = async () => {
    const cluster = await connect(await resolveTarget(projectDirectory, flags));
    return readClusterSecret(cluster, namespace, secretName);
  };
  const secret = await (file === undefined ? readCluster() : readSecretFile(file, signal));
  const { place, checks } = await checkDevice({ settings, secret, ...way, clock: waitingClock, signal });
  const ok = checks.every(({ severity }) => severity === "ok" || severity === "warning");
  const report: ProvisioningReport = { stack, namespace, ...place, ok, checks: [...checks] };
  if (flags.json) await output.json(report);
  else await output.write(formatReport(report));
  return ok ? exitCodes.done : exitCodes.findings;
}

/** A command stays alive while it waits, which a daemon's clock does not see to. */
const waitingClock: Clock = {
  now: Date.now,
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

interface Connected {
  readonly namespace: string;
  readonly settings: IotedgedSettings;
  readonly secretName: string;
}

/** @throws EDGE_PROVISIONING_NOT_CONNECTED where there is none, or more than one */
export function connectedIn(
  objects: readonly KubernetesObject[],
  { stack, namespace }: Pick<CheckFlags, "stack" | "namespace">,
): Connected {
  const all = objects.flatMap(connectedOf(objects)).filter((one) => (namespace ?? one.namespace) === one.namespace);
  const [first, ...more] = all;
  if (first !== undefined && more.length === 0) return first;
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
  const several = `several connected installations: ${all.map((one) => one.namespace).join(", ")}`;
  const found = first === undefined ? `no connected installation${where}` : several;
  throw provisioningCheckErrors.EDGE_PROVISIONING_NOT_CONNECTED({ stack, found });
}

function connectedOf(objects: readonly KubernetesObject[]) {
  return ({ kind, metadata, data }: KubernetesObject & { readonly data?: unknown }): readonly Connected[] => {
    if (kind !== "ConfigMap" || metadata.name !== objectNames.iotedgedConfig) return [];
    const text = (data as Readonly<Record<string, string>> | undefined)?.[dataKeys.iotedgedConfig];
    const settings = parseJson(text);
    if (!isJsonObject(settings) || settings.provisioning === undefined) return [];
    const namespace = metadata.namespace ?? "default";
    const secretName = secretIn(objects, namespace);
    return secretName === undefined
      ? []
      : [{ namespace, settings: settings as unknown as IotedgedSettings, secretName }];
  };
}

/** The Secret that iotedged mounts. */
function secretIn(objects: readonly KubernetesObject[], namespace: string): string | undefined {
  const iotedged = objects.find(
    ({ kind, metadata }) =>
      kind === "Deployment" &&
      metadata.name === objectNames.iotedged &&
      (metadata.namespace ?? "default") === namespace,
    // biome-ignore lint/suspicious/noExplicitAny: a Deployment, of which one field is read
  ) as any;
  const volumes: readonly { name: string; secret?: { secretName: string } }[] =
    iotedged?.spec?.template?.spec?.volumes ?? [];
  return volumes.find(({ name }) => name === "provisioning")?.secret?.secretName;
}
