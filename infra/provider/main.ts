/** The plugin: Pulumi starts it, and reads from its first line at which port it serves. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { provider } from "@pulumi/pulumi";
import { componentProvider } from "./component-provider.ts";

const read = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const { version } = read("../../package.json");
// Pulumi loads it by `require`, which takes no module that awaits at its top.
provider.main(componentProvider(read("schema.json"), version), process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
