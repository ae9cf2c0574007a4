import { ensureGoTools } from "./go-tools.ts";

const modules = [{ name: "pulumi-sdk", title: "Pulumi's generators of SDKs", packages: ["local/pulumi-sdk"] }];

/**
 * Compiles what judges a component's schema as Pulumi does, and makes SDKs of it: about a minute once.
 *
 * @returns the folder of the program
 */
export function ensureSchemaTools(progress: (line: string) => void): Promise<string> {
  return ensureGoTools("schema-tools", modules, progress);
}
