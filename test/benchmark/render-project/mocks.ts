/** Runs the project's program under the Pulumi SDK's mocks, for as many installations as the argument says. */
import * as pulumi from "@pulumi/pulumi";
import { stackConfig } from "./stack-config.ts";

const installations = Number(process.argv[2] ?? 1);
const config = Object.entries(stackConfig(installations)).map(([key, value]) => [key, JSON.stringify(value)]);
const pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const computed = { privateKeyPem: pem, privateKeyPemPkcs8: pem, publicKeyPem: pem, certPem: pem, certRequestPem: pem };

await pulumi.runtime.setMocks(
  {
    newResource: ({ name, type, inputs }) => ({
      id: `${name}-id`,
      state: type.startsWith("tls:") ? { ...inputs, ...computed } : inputs,
    }),
    call: ({ inputs }) => inputs,
  },
  "iotedge",
  "mocks",
  false,
);
pulumi.runtime.setAllConfig(Object.fromEntries(config));
const { default: program } = await import("../../../infra/index.ts");
await pulumi.runtime.runInPulumiStack(async () => ({ ...(await program()) }));
await pulumi.runtime.disconnect();
