import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { dataKeys, firstGeneration, objectNames, type TrustRoot } from "#contract";
import {
  activeRoot,
  firstRoots,
  readBundle,
  rootsProblems,
  type TrustPeriods,
  trustPeriodProblems,
} from "../trust-model/index.ts";
import type { EdgeInstallationArgs } from "./args.ts";
import { defaults } from "./defaults.ts";
import { installationErrors } from "./errors.ts";
import { declareIssuedCa, foreignCaSecret } from "./issued-ca.ts";
import { caKeyType, RootAuthority } from "./root-authority.ts";
import { type InstallationScope, metadata } from "./scope.ts";
import type { TrustArgs } from "./trust-args.ts";
import { declareTrustBundle } from "./trust-bundle.ts";
import { declareWorkloadCa } from "./workload-ca.ts";

/** The installation's certificate authorities and keys, as far as the cluster gets to see them. */
export interface Trust {
  /** PEM of all CAs that proxies and modules trust. */
  readonly bundle: pulumi.Output<string>;
  readonly objects: readonly pulumi.Resource[];
}

/**
 * Declares root CAs, workload CA, identity key and trust bundle. The roots' keys stay in the stack's state: nothing in
 * the cluster can sign another workload CA.
 *
 * @param protect keeps Pulumi from deleting the signing root's key and the identity key; a certificate has to stay
 *   replaceable
 * @throws EDGE_INSTALLATION_TRUST for periods, roots or CAs that cannot be
 */
export function declareTrust(
  scope: InstallationScope,
  { trust: args = {}, identity }: Pick<EdgeInstallationArgs, "trust" | "identity">,
  protect: boolean,
): Trust {
  const periods = checkedPeriods(scope, args);
  const ownSecret = foreignCaSecret(args.workloadCa);
  const roots = checkedRoots(scope, args);
  const trustedCas = checkedCas(scope, args);
  const authorities = new Map(roots.map((root) => [root.id, new RootAuthority(scope, root, periods, protect)]));
  const generation = args.workloadCa?.id ?? firstGeneration.workloadCa;
  const workloadCa = ownSecret === undefined ? generation : `secret:${ownSecret}`;
  const declared = { roots, workloadCa, trustedCas: trustedCas.map(({ fingerprint }) => fingerprint) };
  const pems = trustedCas.map(({ pem }) => pem);
  const signing = ownSecret === undefined ? authorities.get(activeRoot(roots) ?? "") : undefined;
  const issuer = signing && declareWorkloadCa(scope, periods, signing, generation);
  const bundle = declareTrustBundle(scope, declared, authorities, issuer, pems);
  const objects = [bundle.object, ...(identity?.existingSecret === undefined ? [declareIdentity(scope, protect)] : [])];
  const { certManager } = args.workloadCa ?? {};
  if (certManager !== undefined) {
    const after = pulumi.mergeOptions(scope.namespaced, { dependsOn: [bundle.object] });
    objects.push(declareIssuedCa(scope, certManager, periods, after));
  }
  if (issuer !== undefined) {
    const content = { [dataKeys.certificate]: issuer.certificatePem, [dataKeys.privateKey]: issuer.privateKeyPem };
    // After the bundle, so that a CA is trusted before anything is issued from it.
    objects.push(declareSecret(scope, objectNames.workloadCa, "kubernetes.io/tls", content, [bundle.object]));
  }
  return { bundle: bundle.pem, objects };
}

function declareIdentity(scope: InstallationScope, protect: boolean): pulumi.Resource {
  const key = new tls.PrivateKey(`${scope.resourceName}-identity`, caKeyType, { ...scope.children, protect });
  return declareSecret(scope, objectNames.identity, "Opaque", { [dataKeys.identityKey]: key.privateKeyPemPkcs8 }, []);
}

function declareSecret(
  scope: InstallationScope,
  name: string,
  type: string,
  content: Readonly<Record<string, pulumi.Output<string>>>,
  after: readonly pulumi.Resource[],
): pulumi.Resource {
  const data = Object.fromEntries(Object.entries(content).map(([key, value]) => [key, value.apply(base64)]));
  return new k8s.core.v1.Secret(
    `${scope.resourceName}-${name}`,
    { metadata: metadata(scope, "iotedged", name), type, data },
    after.length === 0 ? scope.namespaced : pulumi.mergeOptions(scope.namespaced, { dependsOn: [...after] }),
  );
}

function checkedPeriods(scope: InstallationScope, args: TrustArgs): TrustPeriods {
  const { rootDays, workloadCaDays, earlyRenewalDays } = { ...defaults.trust, ...args };
  const periods = { rootDays, workloadCaDays, earlyRenewalDays };
  const [problem] = trustPeriodProblems(periods);
  if (problem === undefined) return periods;
  const { field, allowed, remedy } = problem;
  throw invalid(scope, field, String(periods[field]), allowed, remedy);
}

function checkedRoots(scope: InstallationScope, args: TrustArgs): readonly TrustRoot[] {
  const { existingSecret, certManager } = args.workloadCa ?? {};
  const ownCa = foreignCaSecret(args.workloadCa) !== undefined;
  if (existingSecret !== undefined && certManager !== undefined) {
    const remedy = "Remove one of the two.";
    throw invalid(scope, "workloadCa", "one with existingSecret and certManager", "one with either of them", remedy);
  }
  const roots = (args.roots ?? (ownCa ? [] : firstRoots)) as readonly TrustRoot[];
  const [problem] = rootsProblems(roots, ownCa);
  if (problem !== undefined)
    throw invalid(scope, "roots", `one that ${problem.found}`, problem.allowed, problem.remedy);
  return roots;
}

function checkedCas(scope: InstallationScope, args: TrustArgs) {
  return (args.trustedCas ?? []).map((pem, index) => {
    // Whether it has ended is checked for the bundle as a whole, when it is deployed.
    const { cas, problems } = readBundle(pem);
    const [ca] = cas;
    if (ca !== undefined && cas.length === 1) return { pem, fingerprint: ca.fingerprint };
    const found = problems[0] ?? "it holds several certificates";
    throw invalid(
      scope,
      `trustedCas[${index}]`,
      `unusable, because ${found}`,
      "one CA certificate in PEM",
      "Correct it.",
    );
  });
}

function invalid(scope: InstallationScope, field: string, value: string, allowed: string, remedy: string): Error {
  return installationErrors.EDGE_INSTALLATION_TRUST({
    installation: scope.resourceName,
    field,
    value,
    allowed,
    remedy,
  });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
