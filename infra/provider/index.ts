/**
 * Serves EdgeInstallation to programs in any language that Pulumi knows, as a plugin.
 *
 * @module
 */
export { componentProvider } from "./component-provider.ts";
