import Type, { type Static } from "typebox";
import { severities } from "../risk/severity.ts";

const closed = { additionalProperties: false } as const;

/** Texts stand in tables, terminals and logs as they are, so they are one line without what would end a cell or a link. */
const line = (description: string, example: string) =>
  Type.String({
    description,
    pattern: "^[^\\u0000-\\u001F\\u007F-\\u009F\\u200B-\\u200F\\u2028-\\u202E\\u2066-\\u2069\\uFEFF|<>`\\[\\]]{1,500}$",
    allowed: "one line of at most 500 characters without | < > ` [ ]",
    example,
  });
const severity = (description: string) => Type.Enum([...severities], { description });
const words = (description: string, example: string, pattern: string) =>
  Type.Array(Type.String({ pattern, allowed: `a word such as ${example}`, example }), {
    description,
    minItems: 1,
    maxItems: 200,
  });
const ruleId = { pattern: "^[a-z0-9/-]{1,100}$", allowed: "the id of a rule", example: "pods-log" };

const GrantSchema = Type.Object(
  {
    verbs: words("Verbs; `*` at the end stands for any rest.", "create", "^[^\\s|<>`]{1,100}$"),
    apiGroups: Type.Optional(words("API groups; the empty one is the core group.", "apps", "^[A-Za-z0-9.*-]{0,253}$")),
    resources: Type.Optional(
      words("Resources, with the subresource behind a slash.", "deployments/scale", "^[^\\s|<>`]{1,253}$"),
    ),
    resourceNames: Type.Optional(
      words(
        "Names of objects; default: all. A permission for all names counts as well.",
        "coredns",
        "^[^|<>`]{1,253}$",
      ),
    ),
    nonResourceURLs: Type.Optional(words("Paths, in the place of resources.", "/metrics", "^[*/][^\\s|<>`]{0,253}$")),
  },
  { ...closed, description: "Permissions that the rule finds: any of the verbs on any of the resources." },
);

const RuleSchema = Type.Object(
  {
    id: Type.String({
      description: "ORGANISATION/NAME, so that it is never that of a rule of edgectl.",
      pattern: "^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$",
      allowed: "ORGANISATION/NAME in small letters, digits and hyphens",
      example: "acme/vault-roles-write",
    }),
    title: line("What is found, as a noun phrase.", "writing roles of the vault"),
    severity: severity("How bad it is when it counts everywhere."),
    namespaced: Type.Optional(severity("How bad it is in one namespace; default: it is harmless there.")),
    sensitiveNamespaces: Type.Optional(
      words("Namespaces in which it is as bad as everywhere.", "vault", "^[a-z0-9-]{1,63}$"),
    ),
    why: line("Why it matters.", "A role of the vault decides who gets which credentials."),
    fix: line("What to do instead.", "Leave roles to the deployment pipeline."),
    source: Type.String({
      description: "Page that explains it.",
      pattern: "^https://[^\\s|<>()\\[\\]\"'`]{1,500}$",
      allowed: "an address that begins with https://",
      example: "https://wiki.example.com/vault",
    }),
    cis: Type.Optional(words("Controls of the CIS Kubernetes Benchmark.", "5.1.2", "^[0-9]+(\\.[0-9]+)*$")),
    mitre: Type.Optional(words("Techniques of MITRE ATT&CK.", "T1552.007", "^T[0-9]{4}(\\.[0-9]{3})?$")),
    grants: Type.Array(GrantSchema, { description: "What it finds.", minItems: 1, maxItems: 200 }),
  },
  closed,
);

const OverrideSchema = Type.Object(
  {
    cluster: Type.Optional(severity("When the finding counts everywhere.")),
    namespace: Type.Optional(severity("When it counts in one namespace.")),
  },
  { ...closed, minProperties: 1, allowed: "a map with cluster, namespace or both", example: "{cluster: high}" },
);

/** The file of `--rules`. */
export const RulesFileSchema = Type.Object(
  {
    disabled: Type.Optional(
      Type.Array(Type.String(ruleId), { description: "Rules that find nothing.", maxItems: 1000 }),
    ),
    severities: Type.Optional(
      Type.Record(Type.String(), OverrideSchema, { description: "Other severities, by the id of the rule." }),
    ),
    rules: Type.Optional(Type.Array(RuleSchema, { description: "Rules of your own.", maxItems: 1000 })),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Rules file of edgectl rbac",
    description: "What is to be different about the rules of `edgectl rbac`.",
  },
);

export type RulesFile = Static<typeof RulesFileSchema>;
export type WrittenRule = NonNullable<RulesFile["rules"]>[number];
export type WrittenGrant = WrittenRule["grants"][number];

/** Text of docs/schemas/rbac-rules.schema.json, for editors. */
export function rulesSchemaFile(): string {
  const publicPart = (key: string, value: unknown) => (key === "allowed" || key === "example" ? undefined : value);
  return `${JSON.stringify(RulesFileSchema, publicPart, 2)}\n`;
}
