/**
 * What the declaring side (`infra/`) and the running side (`runtime/`) must agree on. Both import it, neither repeats it.
 *
 * @module
 */
export * from "./agent-settings.ts";
export * from "./audience.ts";
export * from "./container-end.ts";
export * from "./deployment-variables.ts";
export * from "./generation.ts";
export * from "./host-names.ts";
export * from "./hub-record.ts";
export * from "./images.ts";
export * from "./iotedged-settings.ts";
export * from "./labels.ts";
export * from "./module-object-name.ts";
export * from "./module-settings.ts";
export * from "./names.ts";
export * from "./observation.ts";
export * from "./paths.ts";
export * from "./permissions.ts";
export * from "./policy-profiles.ts";
export * from "./ports.ts";
export * from "./proxy-sidecar.ts";
export * from "./redaction/index.ts";
export * from "./support-bundle/index.ts";
export * from "./trust.ts";
export * from "./trust-bundle.ts";
export * from "./trust-record.ts";
export * from "./twin-record.ts";
