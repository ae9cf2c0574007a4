import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { issuedCaSecret } from "#contract";
import type { TrustPeriods } from "../trust-model/index.ts";
import { derive } from "./inputs.ts";
import { type InstallationScope, metadata } from "./scope.ts";
import type { CertManagerArgs, WorkloadCaArgs } from "./trust-args.ts";

const hoursPerDay = 24;

/** The Secret of a workload CA that the program does not make itself; undefined where it does. */
export function foreignCaSecret({ existingSecret, certManager }: WorkloadCaArgs = {}): string | undefined {
  return existingSecret ?? (certManager === undefined ? undefined : issuedCaSecret);
}

/**
 * Declares a Certificate of cert-manager, which makes the workload CA in the cluster and renews it there. Each renewal has
 * another key; what it issued before stays good until it ends, because what clients trust is the CA above it.
 */
export function declareIssuedCa(
  scope: InstallationScope,
  { issuerRef: { name, kind = "Issuer", group = "cert-manager.io" } }: CertManagerArgs,
  { workloadCaDays, earlyRenewalDays }: TrustPeriods,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new k8s.apiextensions.CustomResource(
    `${scope.resourceName}-${issuedCaSecret}`,
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: metadata(scope, "iotedged", issuedCaSecret),
      spec: derive(scope.id, (id) => ({
        secretName: issuedCaSecret,
        issuerRef: { name, kind, group },
        isCA: true,
        commonName: `${id.name} workload CA`,
        subject: { organizations: ["IoT Edge"] },
        usages: ["cert sign", "crl sign"],
        // What iotedged issues by: another algorithm, or SEC 1, is nothing that it can load.
        privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
        duration: `${workloadCaDays * hoursPerDay}h0m0s`,
        renewBefore: `${earlyRenewalDays * hoursPerDay}h0m0s`,
        revisionHistoryLimit: 1,
      })),
    },
    options,
  );
}
