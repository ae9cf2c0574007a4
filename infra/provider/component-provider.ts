import * as pulumi from "@pulumi/pulumi";
import { EdgeInstallation, type EdgeInstallationArgs } from "../installation/index.ts";
import { type PackageSchema, unknownPlainInputs } from "./plain-inputs.ts";

const installationType = "iotedge:index:EdgeInstallation";

/**
 * What Pulumi's engine asks of the plugin: the schema, from which the SDKs are made, and installations.
 *
 * @param schema the package's schema; the plugin's version takes the place of its own
 */
export function componentProvider(schema: PackageSchema, version: string): pulumi.provider.Provider {
  return {
    version,
    schema: JSON.stringify({ ...schema, version }),
    construct: async (name, type, inputs, options) => {
      if (type !== installationType) throw new Error(`this plugin has ${installationType}, and no ${type}`);
      const [path] = unknownPlainInputs(schema, type, inputs, pulumi.Output.isInstance);
      if (path !== undefined) {
        // Some engines show the message alone, others the place that it is about.
        const reason = `${path} must be known when the program runs: neither it nor what it holds can be secret or an output`;
        throw new pulumi.InputPropertiesError({ message: reason, errors: [{ propertyPath: path, reason }] });
      }
      const installation = new EdgeInstallation(name, inputs as unknown as EdgeInstallationArgs, options);
      const { installationName, namespace, audience, workloadUri, managementUri, trustBundleSha256 } = installation;
      const state = { installationName, namespace, audience, workloadUri, managementUri, trustBundleSha256 };
      return { urn: installation.urn, state };
    },
  };
}
