import { type OpenApiDocument, openApiDocument } from "./api/openapi.ts";
import { managementRoutes } from "./management/routes.ts";
import { workloadRoutes } from "./workload/routes.ts";

/** What iotedged serves, by API. */
export const descriptions: Readonly<Record<"management" | "workload", OpenApiDocument>> = {
  management: openApiDocument("IoT Edge management API", managementRoutes),
  workload: openApiDocument("IoT Edge workload API", workloadRoutes),
};
