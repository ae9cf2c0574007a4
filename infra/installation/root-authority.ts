import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { firstGeneration, type TrustRoot } from "#contract";
import type { TrustPeriods } from "../trust-model/index.ts";
import { derive } from "./inputs.ts";
import type { InstallationScope } from "./scope.ts";

const hoursPerDay = 24;
export const caKeyType = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;
export const caUses = ["cert_signing", "crl_signing"];

/**
 * One generation of an installation's root CA: its key, which stays in the stack's state, and its certificate. Each is a
 * component of its own, so that adding, promoting or dropping one touches no other.
 */
export class RootAuthority extends pulumi.ComponentResource {
  public readonly key: tls.PrivateKey;
  public readonly certificate: tls.SelfSignedCert;

  /** @param protect keeps Pulumi from deleting the key while the root signs; what no longer signs must be removable */
  constructor(scope: InstallationScope, root: TrustRoot, periods: TrustPeriods, protect: boolean) {
    const name = `${scope.resourceName}-root-${root.id}`;
    super("iotedge:index:RootAuthority", name, {}, scope.children);
    const options = { parent: this, ...aliasesOf(scope, root.id) };
    this.key = new tls.PrivateKey(name, caKeyType, { ...options, protect: protect && root.state === "active" });
    this.certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: this.key.privateKeyPem,
        subject: caSubject(scope, "root CA", root.id, firstGeneration.root),
        isCaCertificate: true,
        // The workload CA and none below it. A limit of 0 there would say so too, but the tls provider drops it.
        maxPathLength: 1,
        allowedUses: caUses,
        setSubjectKeyId: true,
        setAuthorityKeyId: true,
        validityPeriodHours: periods.rootDays * hoursPerDay,
        // Renewed while a whole workload CA still fits into its life, so that none outlives it.
        earlyRenewalHours: periods.workloadCaDays * hoursPerDay,
      },
      options,
    );
    this.registerOutputs({});
  }
}

/** Before there were generations, the only root was directly below the installation: it is the first generation. */
function aliasesOf({ resourceName, children: { parent } }: InstallationScope, id: string) {
  if (id !== firstGeneration.root || parent === undefined) return {};
  return { aliases: [{ name: `${resourceName}-root`, parent }] };
}

/** Generations after the first carry their id, so that two CAs of an installation can be told apart. */
export function caSubject(scope: InstallationScope, role: string, id: string, first: string) {
  const suffix = id === first ? "" : ` ${id}`;
  return { commonName: derive(scope.id, ({ name }) => `${name} ${role}${suffix}`), organization: "IoT Edge" };
}
