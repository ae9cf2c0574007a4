import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const require = createRequire(import.meta.url);
const root = resolve(import.meta.dirname, "..");

/** Pulumi's own inference of a component's schema from its TypeScript. It is not part of the SDK's types. */
interface Analyzed {
  readonly components: object;
  readonly typeDefinitions: object;
  readonly dependencies: readonly object[];
}
type AnalyzerClass = new (
  directory: string,
  name: string,
  manifest: object,
  components: ReadonlySet<string>,
) => { analyze(): Analyzed };

const description = "IoT Edge modules in Kubernetes namespaces, run with least privilege";

/** infra/provider/schema.json: what EdgeInstallation takes and gives, for the SDKs of every language. */
export async function componentSchema(): Promise<string> {
  const { Analyzer } = require("@pulumi/pulumi/provider/experimental/analyzer.js") as { Analyzer: AnalyzerClass };
  const { generateSchema } = require("@pulumi/pulumi/provider/experimental/schema.js") as {
    generateSchema(name: string, version: string, description: string, ...analyzed: readonly object[]): object;
  };
  const directory = await mkdtemp(join(tmpdir(), "edge-schema-"));
  try {
    const entry = join(root, "infra/installation/index.ts");
    // The analyzer takes the files that the configuration names, from where that stands.
    const config = { extends: join(root, "tsconfig.json"), include: [entry] };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));
    const analyzer = new Analyzer(directory, "iotedge", { main: entry }, new Set(["EdgeInstallation"]));
    const { components, typeDefinitions, dependencies } = analyzer.analyze();
    const schema = generateSchema("iotedge", "", description, components, typeDefinitions, dependencies);
    return `${JSON.stringify(schema, undefined, 2)}\n`;
  } finally {
    await rm(directory, { recursive: true });
  }
}
