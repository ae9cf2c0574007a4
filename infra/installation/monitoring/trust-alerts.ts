import type { Alert } from "./alert.ts";

/**
 * What somebody must be told of an installation's trust, beside the ends of its CAs.
 *
 * @param namespace of the installation
 */
export function trustAlertsOf(namespace: string): readonly Alert[] {
  const iotedged = `namespace="${namespace}",container="iotedged"`;
  const where = `in namespace ${namespace}`;
  return [
    {
      alert: "IotedgeTrustNotAnchored",
      expr: `min(iotedge_trust_anchored{${iotedged}}) == 0`,
      for: "5m",
      severity: "critical",
      summary: `No CA of the trust bundle vouches for the workload CA ${where}`,
      description: "Clients refuse what is issued. Put the CA above it into trust.trustedCas and deploy the stack.",
    },
    {
      alert: "IotedgeTrustBundleBehind",
      expr: `max(iotedge_trust_pods{${iotedged},bundle="other"}) > 0`,
      for: "15m",
      severity: "warning",
      summary: `Proxies have not loaded the trust bundle ${where}`,
      description: "A rotation waits for them. `edgectl trust status` names the pods; restart those that stay.",
    },
    {
      alert: "IotedgeModuleCertificateEnds",
      expr: `time() - min(iotedge_cert_renewal_due_seconds{${iotedged},kind="module-server"}) > 0`,
      for: "5m",
      severity: "warning",
      summary: `80 % of the life of a module's server certificate is over ${where}`,
      description:
        "The module has to ask for another; else restart its pod. Event `ModuleCertificateExpiry` and ConfigMap `iotedged-trust` name it. Certificates that live less than a day are left out: they come and go.",
    },
  ];
}
