/** One generation of the root CA. */
export interface TrustRootArgs {
  /** Never reused for another key. */
  id: string;
  /** One of `next`, `active`, `retired`, `revoked`. Exactly one root is `active`. */
  state: string;
}

/** Who issues a certificate, as cert-manager has it. */
export interface IssuerRefArgs {
  /** Name of the issuer. */
  name: string;
  /** `Issuer`, which is in the installation's namespace, or `ClusterIssuer`, or the kind of an external issuer. @default "Issuer" */
  kind?: string;
  /** API group of the kind. @default "cert-manager.io" */
  group?: string;
}

/** A workload CA that cert-manager makes and renews in the cluster. */
export interface CertManagerArgs {
  /** The issuer: a CA that `trustedCas` has. One that is self-signed makes another root with each renewal, which nobody trusts. */
  issuerRef: IssuerRefArgs;
}

/** The CA that iotedged issues from. */
export interface WorkloadCaArgs {
  /** Generation: another id is another key. @default "w1" */
  id?: string;
  /** Name of a Secret of type `kubernetes.io/tls` with a CA of the user's own, instead of a generated one. */
  existingSecret?: string;
  /** Has cert-manager make it in the cluster, instead of a generated one. Not beside `existingSecret`. */
  certManager?: CertManagerArgs;
}

/** The certificate authorities: their generations and lives. */
export interface TrustArgs {
  /** Life of a root CA. @default 3650 */
  rootDays?: number;
  /** Life of the CA that iotedged issues from. @default 730 */
  workloadCaDays?: number;
  /** How long before its end a deployment replaces the workload CA. @default 180 */
  earlyRenewalDays?: number;
  /** Generations of the root CA. @default one active root, `r1` */
  roots?: TrustRootArgs[];
  /** PEM of further CAs that modules shall trust, one each. @default none */
  trustedCas?: string[];
  /** The CA that iotedged issues from. */
  workloadCa?: WorkloadCaArgs;
}
