import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { firstGeneration } from "#contract";
import type { TrustPeriods } from "../trust-model/index.ts";
import { caKeyType, caSubject, caUses, type RootAuthority } from "./root-authority.ts";
import type { InstallationScope } from "./scope.ts";

const hoursPerDay = 24;

/** A workload CA that the program makes. */
export interface WorkloadCa {
  readonly certificatePem: pulumi.Output<string>;
  /** PKCS #8. */
  readonly privateKeyPem: pulumi.Output<string>;
}

/**
 * Declares the CA that iotedged issues from. Another generation is another key; the certificates of the one before stay
 * good until they end, because what clients trust is the root.
 */
export function declareWorkloadCa(
  scope: InstallationScope,
  periods: TrustPeriods,
  root: RootAuthority,
  generation: string,
): WorkloadCa {
  const suffix = generation === firstGeneration.workloadCa ? "" : `-${generation}`;
  const resourceName = `${scope.resourceName}-workload-ca${suffix}`;
  const key = new tls.PrivateKey(resourceName, caKeyType, scope.children);
  const subject = caSubject(scope, "workload CA", generation, firstGeneration.workloadCa);
  const request = new tls.CertRequest(resourceName, { privateKeyPem: key.privateKeyPem, subject }, scope.children);
  const certificate = new tls.LocallySignedCert(
    resourceName,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: root.key.privateKeyPem,
      caCertPem: root.certificate.certPem,
      isCaCertificate: true,
      allowedUses: caUses,
      setSubjectKeyId: true,
      validityPeriodHours: periods.workloadCaDays * hoursPerDay,
      earlyRenewalHours: periods.earlyRenewalDays * hoursPerDay,
    },
    scope.children,
  );
  return { certificatePem: certificate.certPem, privateKeyPem: key.privateKeyPemPkcs8 };
}
