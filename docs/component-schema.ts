import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { parseJson } from "#base";

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
) => { readonly program: ts.Program; analyze(): Analyzed };

interface Described {
  description?: string;
}
type Properties = Readonly<Record<string, Described>>;
interface Schema {
  readonly resources: Readonly<Record<string, { readonly inputProperties: Properties }>>;
  readonly types: Readonly<Record<string, Described & { readonly properties?: Properties }>>;
}

const description = "IoT Edge modules in Kubernetes namespaces, run with least privilege";

/** infra/provider/schema.json: what EdgeInstallation takes and gives, for the SDKs of every language. */
export async function componentSchema(): Promise<string> {
  const { Analyzer } = require("@pulumi/pulumi/provider/experimental/analyzer.js") as { Analyzer: AnalyzerClass };
  const { generateSchema } = require("@pulumi/pulumi/provider/experimental/schema.js") as {
    generateSchema(name: string, version: string, description: string, ...analyzed: readonly object[]): Schema;
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
    addDescriptions(schema, analyzer.program);
    return `${JSON.stringify(schema, undefined, 2)}\n`;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What Pulumi's inference leaves out: what a type is for, and what counts where an input is left out. */
function addDescriptions(schema: Schema, program: ts.Program): void {
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(root, "infra/installation")));
  const declared = own.flatMap((file) => file.statements.filter(ts.isInterfaceDeclaration));
  const declarations = new Map(declared.map((declaration) => [declaration.name.text, declaration]));
  const nameOf = (token: string) => token.slice(token.lastIndexOf(":") + 1);
  for (const [token, { inputProperties }] of Object.entries(schema.resources))
    tellDefaults(declarations.get(`${nameOf(token)}Args`), inputProperties);
  for (const [token, type] of Object.entries(schema.types)) {
    const declaration = declarations.get(nameOf(token));
    if (declaration === undefined) continue;
    type.description =
      ts.getTextOfJSDocComment(ts.getJSDocCommentsAndTags(declaration).find(ts.isJSDoc)?.comment) ?? "";
    tellDefaults(declaration, type.properties ?? {});
  }
}

function tellDefaults(declaration: ts.InterfaceDeclaration | undefined, properties: Properties): void {
  for (const member of declaration?.members ?? []) {
    const property = properties[member.name?.getText() ?? ""];
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "default");
    const value = ts.getTextOfJSDocComment(tag?.comment);
    if (property !== undefined && value !== undefined)
      property.description = [property.description, `Default: ${shown(value)}.`].filter(Boolean).join(" ");
  }
}

/** A value as code, and of an enum its member alone, whose type is called otherwise in other languages; words as they are. */
function shown(value: string): string {
  const member = /^[A-Z]\w*\.(\w+)$/.exec(value)?.[1];
  return member !== undefined ? `\`${member}\`` : parseJson(value) !== undefined ? `\`${value}\`` : value;
}
