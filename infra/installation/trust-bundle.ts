import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { dataKeys, objectNames, trustAnnotations } from "#contract";
import { bundleHash, type DeclaredTrust, formatRoots, isTrusted, readBundle } from "../trust-model/index.ts";
import { derive } from "./inputs.ts";
import type { RootAuthority } from "./root-authority.ts";
import { type InstallationScope, metadata } from "./scope.ts";
import { orderHooks } from "./trust-order.ts";
import type { WorkloadCa } from "./workload-ca.ts";

/** The trust bundle, and the ConfigMap that carries it. */
export interface TrustBundle {
  readonly pem: pulumi.Output<string>;
  readonly object: pulumi.Resource;
}

/**
 * Declares the ConfigMap of all CAs that proxies and modules trust: one object, so that no reader ever sees a part of a
 * change, with what it is made of in its annotations.
 *
 * @param authorities by the root's id
 * @param workloadCa undefined where the user provides it
 * @param trustedCas PEM of further CAs, checked
 */
export function declareTrustBundle(
  scope: InstallationScope,
  declared: DeclaredTrust,
  authorities: ReadonlyMap<string, RootAuthority>,
  workloadCa: WorkloadCa | undefined,
  trustedCas: readonly string[],
): TrustBundle {
  const trusted = declared.roots.filter(({ state }) => isTrusted(state)).map(({ id }) => id);
  const certificates = pulumi.all(trusted.map((id) => authorities.get(id)?.certificate.certPem ?? pulumi.output("")));
  const pem = certificates.apply((pems) => [...pems, ...trustedCas].map(withNewline).join(""));
  const fingerprints = certificates.apply((pems) => fingerprintList(trusted, pems));
  const annotations = {
    [trustAnnotations.roots]: formatRoots(declared.roots),
    [trustAnnotations.workloadCa]: declared.workloadCa,
    ...(workloadCa && { [trustAnnotations.workloadCaFingerprint]: workloadCa.certificatePem.apply(fingerprintOfPem) }),
    [trustAnnotations.trustedCas]: declared.trustedCas.join(","),
    [trustAnnotations.fingerprints]: fingerprints,
    [trustAnnotations.bundleHash]: pem.apply(bundleHash),
  };
  const meta = metadata(scope, "iotedged", objectNames.trustBundle);
  const object = new k8s.core.v1.ConfigMap(
    `${scope.resourceName}-${objectNames.trustBundle}`,
    {
      metadata: derive(meta, (known) => ({ ...known, annotations })),
      data: { [dataKeys.trustBundle]: pem },
    },
    { ...scope.namespaced, ...orderHooks(scope.resourceName) },
  );
  return { pem, object };
}

function withNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}

/** Empty for what is no certificate. */
function fingerprintOfPem(pem: string): string {
  return readBundle(pem).cas[0]?.fingerprint ?? "";
}

/** `r1=<hex>,r2=<hex>`. What is no certificate is left out, so that readers see that it has no fingerprint. */
function fingerprintList(ids: readonly string[], pems: readonly string[]): string {
  const entries = pems.flatMap((pem, index) => {
    const fingerprint = fingerprintOfPem(pem);
    return fingerprint === "" ? [] : [`${ids[index]}=${fingerprint}`];
  });
  return entries.join(",");
}
