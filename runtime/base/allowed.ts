/** The keywords of JSON Schema that the configuration's schema uses, and the two of its own that messages use. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly allowed?: string;
  readonly example?: string;
}

/** What a schema allows, in words that complete "must be ...". */
export function allowedBy(schema: SchemaNode): string {
  if (schema.allowed !== undefined) return schema.allowed;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  switch (schema.type) {
    case "string":
      return "a text that is neither empty nor overlong";
    case "integer":
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case "boolean":
      return "true or false";
    case "array":
      return schema.minItems === undefined ? "a list" : `a list of ${schema.minItems} to ${schema.maxItems} items`;
    case "object":
      return schema.properties === undefined ? "a map" : `a map with keys among ${knownKeys(schema).join(", ")}`;
    default:
      return "as documented";
  }
}

/** Keys of a map that has a fixed set of them. */
export function knownKeys(schema: SchemaNode): readonly string[] {
  return Object.keys(schema.properties ?? {});
}

/** The schema of what stands at `key` of a value with this schema. */
export function schemaOf(schema: SchemaNode, key: string | number): SchemaNode | undefined {
  if (typeof key === "number") return schema.items;
  const property = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
  return property ?? Object.values(schema.patternProperties ?? {})[0];
}
