import { formatPath, type Path } from "#base";
import type { IotedgedSettings } from "#contract";
import { readBundle } from "../trust-model/index.ts";
import type { EdgeInstallationArgs } from "./args.ts";
import { defaults } from "./defaults.ts";
import { installationErrors } from "./errors.ts";

/** A key of an installation that does not go with `provisioning`, or lacks beside it. */
export interface ProvisioningProblem {
  /** Below the installation. */
  readonly path: Path;
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
}

/** What sets a manifest from a stack. Whoever calls the component has `deployment` alone. */
const manifestKeys = ["deployment", "deploymentFile", "deploymentLayers"] as const;

/** What has a say about the connection; outputs are taken to be right. */
export type ProvisionedArgs = Pick<EdgeInstallationArgs, "provisioning" | "hubHostname"> &
  Readonly<Partial<Record<(typeof manifestKeys)[number], unknown>>>;

/** What keeps a connected installation from being declared; nothing for one that stands alone. */
export function provisioningProblems(args: ProvisionedArgs): readonly ProvisioningProblem[] {
  const { provisioning, hubHostname } = args;
  if (provisioning === undefined) return [];
  const sets = manifestKeys.filter((key) => args[key] !== undefined);
  return [
    ...(provisioning.source === "manual" ? [] : [unknownSource(provisioning.source)]),
    ...(provisioning.trustedCas ?? []).flatMap(unusableCa),
    ...(hubHostname === undefined || hubHostname === defaults.hubHostname ? [noHub] : []),
    ...sets.map((key) => ({
      path: [key],
      found: "stands beside provisioning",
      allowed: "absent where the installation is connected: its manifest is the one that IoT Hub has",
      remedy:
        "Set the modules in IoT Hub and remove it, or remove provisioning to have an installation that stands alone.",
    })),
  ];
}

/** @throws EDGE_INSTALLATION_PROVISIONING for the first problem */
export function requireProvisioning(installation: string, args: ProvisionedArgs): void {
  const [problem] = provisioningProblems(args);
  if (problem === undefined) return;
  const { path, ...told } = problem;
  throw installationErrors.EDGE_INSTALLATION_PROVISIONING({ installation, key: formatPath(path), ...told });
}

/** What iotedged and EdgeAgent are told of it; nothing where the installation stands alone. */
export function provisioningSettings({
  provisioning,
}: Pick<EdgeInstallationArgs, "provisioning">): Pick<IotedgedSettings, "provisioning"> {
  if (provisioning === undefined) return {};
  const { trustedCas = [] } = provisioning;
  return { provisioning: { source: "manual", ...(trustedCas.length > 0 && { trustedCas }) } };
}

function unknownSource(source: string): ProvisioningProblem {
  const remedy = "Write manual.";
  return { path: ["provisioning", "source"], found: `is ${JSON.stringify(source)}`, allowed: "manual", remedy };
}

function unusableCa(pem: string, index: number): readonly ProvisioningProblem[] {
  const { cas, problems } = readBundle(pem);
  if (cas.length === 1) return [];
  const found = `is unusable: ${problems[0] ?? "it holds several certificates"}`;
  const remedy = "Give the certificate of one CA, in PEM.";
  return [{ path: ["provisioning", "trustedCas", index], found, allowed: "the certificate of one CA", remedy }];
}

const noHub: ProvisioningProblem = {
  path: ["hubHostname"],
  found: "names no hub",
  allowed: "the host name of the IoT Hub that the connection string names",
  remedy: "Write what stands after HostName= in the connection string.",
};
