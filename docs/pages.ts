import { checkReportSchemaFile } from "../infra/check/report/report.ts";
import { StatusSchema, schemaFile, UpErrorSchema, UpSchema } from "../infra/deploy/report.ts";
import { CopiedImagesSchema } from "../infra/edgectl/commands/images-copy.ts";
import { manPage } from "../infra/edgectl/man/man-page.ts";
import { fleetDashboard } from "../infra/installation/monitoring/dashboard.ts";
import { manifestCheckSchemaFile } from "../infra/manifest-check/judgement.ts";
import { MigrationSchema } from "../infra/migration/report.ts";
import { ProvisioningReportSchema } from "../infra/provisioning/report.ts";
import { reportSchemaFile } from "../infra/rbac/report/schema-file.ts";
import { rulesSchemaFile } from "../infra/rbac/rules-file/schema.ts";
import { fleetSchemaFile } from "../infra/rollout/fleet/schema.ts";
import { PlanSchema } from "../infra/rollout/plan/plan-schema.ts";
import { ReceivedSchema } from "../infra/rollout/receive/report-schema.ts";
import { StateSchema } from "../infra/state/inventory.ts";
import { imageCatalog } from "../runtime/images/catalog.ts";
import { containerfile } from "../runtime/images/containerfile.ts";
import { descriptions } from "../runtime/iotedged/api-descriptions.ts";
import { architecturePage } from "./architecture-page.ts";
import { auditPage } from "./audit-page.ts";
import { checkPage } from "./check-page.ts";
import { componentSchema } from "./component-schema.ts";
import { decisionsPage } from "./decisions-page.ts";
import { errorsPage } from "./errors-page.ts";
import { iotedgedPage } from "./iotedged-page.ts";
import { monitoringPage } from "./monitoring-page.ts";
import { permissionsPage } from "./permissions-page.ts";
import { architecture } from "./pictures/architecture.ts";
import { svgOf } from "./pictures/drawing.ts";
import { keys } from "./pictures/keys.ts";
import { rbacGitopsPage } from "./rbac-gitops-page.ts";
import { rbacRulesPage } from "./rbac-rules-page.ts";
import { recordingPicture } from "./recordings/picture.ts";
import { type RecordingName, recordings } from "./recordings/recordings.ts";
import { troubleshootingPage } from "./troubleshooting-page.ts";

/** A page of docs/ that is made from code. */
export interface GeneratedPage {
  readonly url: URL;
  readonly content: string;
}

export async function generatedPages(): Promise<readonly GeneratedPage[]> {
  return [
    { url: new URL("../ARCHITECTURE.md", import.meta.url), content: await architecturePage() },
    { url: new URL("audit.md", import.meta.url), content: auditPage() },
    { url: new URL("check.md", import.meta.url), content: checkPage() },
    { url: new URL("decisions/README.md", import.meta.url), content: decisionsPage() },
    { url: new URL("dashboards/fleet.json", import.meta.url), content: `${fleetDashboard()}\n` },
    { url: new URL("errors.md", import.meta.url), content: await errorsPage() },
    ...Object.entries({ architecture, keys }).map(([name, picture]) => ({
      url: new URL(`images/${name}.svg`, import.meta.url),
      content: svgOf(picture),
    })),
    ...(await Promise.all(
      (Object.keys(recordings) as RecordingName[]).map(async (name) => ({
        url: new URL(`images/${name}.svg`, import.meta.url),
        content: await recordingPicture(name),
      })),
    )),
    ...Object.entries(descriptions).map(([api, description]) => ({
      url: new URL(`openapi/${api}.json`, import.meta.url),
      content: `${JSON.stringify(description, null, 2)}\n`,
    })),
    { url: new URL("iotedged.md", import.meta.url), content: await iotedgedPage() },
    { url: new URL("man/edgectl.1", import.meta.url), content: await manPage() },
    { url: new URL("monitoring.md", import.meta.url), content: monitoringPage() },
    { url: new URL("permissions.md", import.meta.url), content: permissionsPage() },
    { url: new URL("../runtime/images/Containerfile", import.meta.url), content: containerfile(imageCatalog) },
    { url: new URL("../infra/provider/schema.json", import.meta.url), content: await componentSchema() },
    { url: new URL("rbac-gitops.md", import.meta.url), content: rbacGitopsPage() },
    { url: new URL("rbac-rules.md", import.meta.url), content: rbacRulesPage() },
    { url: new URL("schemas/check.schema.json", import.meta.url), content: checkReportSchemaFile() },
    { url: new URL("schemas/fleet.schema.json", import.meta.url), content: fleetSchemaFile() },
    { url: new URL("schemas/images-copy.schema.json", import.meta.url), content: schemaFile(CopiedImagesSchema) },
    { url: new URL("schemas/manifest-check.schema.json", import.meta.url), content: manifestCheckSchemaFile() },
    { url: new URL("schemas/migrate.schema.json", import.meta.url), content: schemaFile(MigrationSchema) },
    {
      url: new URL("schemas/provisioning-check.schema.json", import.meta.url),
      content: schemaFile(ProvisioningReportSchema),
    },
    { url: new URL("schemas/rbac-diff.schema.json", import.meta.url), content: reportSchemaFile() },
    { url: new URL("schemas/rbac-rules.schema.json", import.meta.url), content: rulesSchemaFile() },
    { url: new URL("schemas/rollout-plan.schema.json", import.meta.url), content: schemaFile(PlanSchema) },
    { url: new URL("schemas/rollout-receive.schema.json", import.meta.url), content: schemaFile(ReceivedSchema) },
    { url: new URL("schemas/state-show.schema.json", import.meta.url), content: schemaFile(StateSchema) },
    { url: new URL("schemas/status.schema.json", import.meta.url), content: schemaFile(StatusSchema) },
    { url: new URL("schemas/up-error.schema.json", import.meta.url), content: schemaFile(UpErrorSchema) },
    { url: new URL("schemas/up.schema.json", import.meta.url), content: schemaFile(UpSchema) },
    { url: new URL("troubleshooting.md", import.meta.url), content: troubleshootingPage() },
  ];
}
