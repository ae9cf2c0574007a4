import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { dataKeys, objectNames } from "#contract";
import { configErrors } from "#errors";
import type { TrustArgs } from "./args.ts";
import { defaults } from "./defaults.ts";
import { derive } from "./derive.ts";
import { type InstallationScope, metadata } from "./scope.ts";
import { type TrustPeriods, trustPeriodProblems } from "./trust-periods.ts";

const hoursPerDay = 24;
const keyType = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;
const caUses = ["cert_signing", "crl_signing"];

/** The installation's certificate authorities and keys, as far as the cluster gets to see them. */
export interface Trust {
  /** PEM of all CAs that proxies and modules trust. */
  readonly bundle: pulumi.Output<string>;
  readonly objects: readonly pulumi.Resource[];
}

/**
 * Declares root CA, workload CA, identity key and trust bundle. The root's key stays in the stack's state: nothing in
 * the cluster can sign another workload CA.
 *
 * @param protect keeps Pulumi from deleting the root's key and the identity key; a certificate has to stay replaceable
 * @throws EDGE_INSTALLATION_TRUST for periods that cannot be
 */
export function declareTrust(scope: InstallationScope, args: TrustArgs, protect: boolean): Trust {
  const periods = checkedPeriods(scope, args);
  const irreplaceable = { ...scope.children, protect };
  const root = declareRoot(scope, periods, new tls.PrivateKey(`${scope.resourceName}-root`, keyType, irreplaceable));
  const workloadCa = declareWorkloadCa(scope, periods, root);
  const identityKey = new tls.PrivateKey(`${scope.resourceName}-identity`, keyType, irreplaceable);
  const bundle = root.certificate.certPem;
  return {
    bundle,
    objects: [
      declareSecret(scope, objectNames.workloadCa, "kubernetes.io/tls", {
        [dataKeys.certificate]: workloadCa.certificate.certPem,
        [dataKeys.privateKey]: workloadCa.key.privateKeyPemPkcs8,
      }),
      declareSecret(scope, objectNames.identity, "Opaque", {
        [dataKeys.identityKey]: identityKey.privateKeyPemPkcs8,
      }),
      new k8s.core.v1.ConfigMap(
        `${scope.resourceName}-${objectNames.trustBundle}`,
        { metadata: metadata(scope, "iotedged", objectNames.trustBundle), data: { [dataKeys.trustBundle]: bundle } },
        scope.namespaced,
      ),
    ],
  };
}

interface Authority<Certificate> {
  readonly key: tls.PrivateKey;
  readonly certificate: Certificate;
}

function declareRoot(
  scope: InstallationScope,
  periods: TrustPeriods,
  key: tls.PrivateKey,
): Authority<tls.SelfSignedCert> {
  const certificate = new tls.SelfSignedCert(
    `${scope.resourceName}-root`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: subject(scope, "root CA"),
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
    scope.children,
  );
  return { key, certificate };
}

function declareWorkloadCa(
  scope: InstallationScope,
  periods: TrustPeriods,
  root: Authority<tls.SelfSignedCert>,
): Authority<tls.LocallySignedCert> {
  const resourceName = `${scope.resourceName}-workload-ca`;
  const key = new tls.PrivateKey(resourceName, keyType, scope.children);
  const request = new tls.CertRequest(
    resourceName,
    { privateKeyPem: key.privateKeyPem, subject: subject(scope, "workload CA") },
    scope.children,
  );
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
  return { key, certificate };
}

function declareSecret(
  scope: InstallationScope,
  name: string,
  type: string,
  content: Readonly<Record<string, pulumi.Output<string>>>,
): pulumi.Resource {
  const data = Object.fromEntries(Object.entries(content).map(([key, value]) => [key, value.apply(base64)]));
  return new k8s.core.v1.Secret(
    `${scope.resourceName}-${name}`,
    { metadata: metadata(scope, "iotedged", name), type, data },
    scope.namespaced,
  );
}

function checkedPeriods(scope: InstallationScope, args: TrustArgs): TrustPeriods {
  const periods = { ...defaults.trust, ...args };
  const [problem] = trustPeriodProblems(periods);
  if (problem === undefined) return periods;
  const { field, allowed, remedy } = problem;
  const installation = scope.resourceName;
  throw configErrors.EDGE_INSTALLATION_TRUST({ installation, field, value: periods[field], allowed, remedy });
}

function subject(scope: InstallationScope, role: string) {
  return { commonName: derive(scope.id, (id) => `${id.name} ${role}`), organization: "IoT Edge" };
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
