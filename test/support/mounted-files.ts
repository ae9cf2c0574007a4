import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type AgentSettings, dataKeys, type IotedgedSettings, mountPaths } from "#contract";
import * as fakes from "../fakes/settings.ts";
import { createTestCa, type TestCa } from "../fakes/test-ca.ts";

/** A workload CA as its Secret has it. */
export type MountedCa = Pick<TestCa, "certificatePem" | "keyPem">;

export interface MountedFilesOptions {
  readonly name: string;
  readonly namespace: string;
  readonly settings?: Partial<IotedgedSettings>;
  /** Workload CA at the start; one that is good for a day by default. */
  readonly ca?: MountedCa;
  /** The workload CA alone by default. */
  readonly trustBundle?: string;
  readonly agentSettings?: Partial<AgentSettings>;
  /** PEM of the identity key, which all replicas of an installation share; one of its own by default. */
  readonly identityKey?: string;
  /** Of the Secret with the device's credential, by key; there is none by default. */
  readonly provisioning?: Provisioning;
}

type Provisioning = Readonly<Record<string, string>>;

/** What Kubernetes would mount into a pod of iotedged, in a temporary directory. */
export interface MountedFiles {
  readonly root: string;
  readonly ca: MountedCa;
  setAgentSettings(change: Partial<AgentSettings>): Promise<void>;
  setCa(ca: MountedCa): Promise<void>;
  setTrustBundle(pem: string): Promise<void>;
  /** Changes some keys of the Secret. */
  setProvisioning(content: Provisioning): Promise<void>;
}

const hour = 3_600_000;

export async function writeMountedFiles(options: MountedFilesOptions): Promise<MountedFiles> {
  const { name, namespace } = options;
  const root = await mkdtemp(join(tmpdir(), "iotedged-"));
  const put = async (directory: string, file: string, text: string) => {
    const path = join(root, directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  const times = { notBefore: Date.now() - hour, notAfter: Date.now() + 24 * hour };
  const ca = options.ca ?? (await createTestCa({ name: "workload ca", ...times }));
  const settings: IotedgedSettings = {
    ...fakes.iotedgedSettings,
    installation: { name, namespace },
    ...options.settings,
  };
  let agentSettings: AgentSettings = { ...fakes.agentSettings, ...options.agentSettings };
  const setCa = async (one: MountedCa) => {
    await put(mountPaths.workloadCa, dataKeys.certificate, one.certificatePem);
    await put(mountPaths.workloadCa, dataKeys.privateKey, one.keyPem);
  };
  const setAgentSettings = async (change: Partial<AgentSettings>) => {
    agentSettings = { ...agentSettings, ...change };
    await put(mountPaths.agentConfig, dataKeys.agentConfig, JSON.stringify(agentSettings));
  };
  const setTrustBundle = (pem: string) => put(mountPaths.trustBundle, dataKeys.trustBundle, pem);
  const setProvisioning = async (content: Provisioning) => {
    for (const [key, text] of Object.entries(content)) await put(mountPaths.provisioning, key, text);
  };
  const identityKey = options.identityKey ?? makeIdentityKey();
  await put(mountPaths.iotedgedConfig, dataKeys.iotedgedConfig, JSON.stringify(settings));
  await put(mountPaths.identity, dataKeys.identityKey, identityKey);
  await setTrustBundle(options.trustBundle ?? ca.certificatePem);
  await setAgentSettings({});
  await setCa(ca);
  await setProvisioning(options.provisioning ?? {});
  return { root, ca, setAgentSettings, setCa, setTrustBundle, setProvisioning };
}

export function makeIdentityKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}
