import { managementRoutes } from "../management/routes.ts";
import { workloadRoutes } from "../workload/routes.ts";
import { type OpenApiDocument, openApiDocument } from "./openapi.ts";

/** What iotedged serves, by API. */
export const descriptions: Readonly<Record<"management" | "workload", OpenApiDocument>> = {
  management: openApiDocument("IoT Edge management API", managementRoutes),
  workload: openApiDocument("IoT Edge workload API", workloadRoutes),
};
