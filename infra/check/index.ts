/**
 * What is wrong before a deployment and after it, link by link, and what to do about it.
 *
 * @module
 */
export { checkDeployment, describeResult, refuseDeployment, stopsDeployment } from "./before-deployment.ts";
export { addCheck } from "./cli/program.ts";
export { checkInstallations } from "./installations.ts";
export { type CertificateSource, certificatesOf, judgeCertificates } from "./judge/certificates.ts";
export { judgeEscalation, judgePermissions } from "./judge/rights.ts";
export { judgeServerVersion } from "./judge/server-version.ts";
export { readerOf } from "./observe/cluster-reader.ts";
export { reportOf } from "./report/report.ts";
export { lockAccess } from "./rights/access-review.ts";
export { reviewRights } from "./rights/review-rights.ts";
