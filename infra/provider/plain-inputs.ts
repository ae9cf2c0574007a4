/** A property of a Pulumi package schema, as far as it says where outputs may stand. */
interface Property {
  readonly plain?: boolean;
  readonly $ref?: string;
  readonly items?: Property;
}
type Properties = Readonly<Record<string, Property>>;

export interface PackageSchema {
  readonly resources: Readonly<Record<string, { readonly inputProperties?: Properties }>>;
  readonly types: Readonly<Record<string, { readonly properties?: Properties }>>;
}

const typePrefix = "#/types/";

/**
 * Paths of inputs that decide which objects exist, or are checked before any does, and are not known. Pulumi's SDKs take
 * nothing but plain values for them, but what YAML or another program sends is not looked at by anybody else.
 *
 * @param isOutput whether a value is known only later, or secret
 */
export function unknownPlainInputs(
  schema: PackageSchema,
  type: string,
  inputs: Readonly<Record<string, unknown>>,
  isOutput: (value: unknown) => boolean,
): readonly string[] {
  const inside = (properties: Properties, values: Readonly<Record<string, unknown>>, path: string): readonly string[] =>
    Object.entries(properties).flatMap(([name, property]) => at(property, values[name], `${path}${name}`));
  const at = (property: Property, value: unknown, path: string): readonly string[] => {
    if (isOutput(value)) return holdsPlain(property) ? [path] : [];
    if (Array.isArray(value)) {
      const { items = {} } = property;
      return value.flatMap((item, index) => at(items, item, `${path}[${index}]`));
    }
    if (typeof value !== "object" || value === null) return [];
    return inside(propertiesOf(property), value as Readonly<Record<string, unknown>>, `${path}.`);
  };
  const propertiesOf = ({ $ref }: Property): Properties =>
    schema.types[$ref?.slice(typePrefix.length) ?? ""]?.properties ?? {};
  // An output of a whole group is as good as its members: one that has a plain one must be known.
  const holdsPlain = (property: Property): boolean =>
    property.$ref === undefined || Object.keys(propertiesOf(property)).length === 0
      ? property.plain === true
      : Object.values(propertiesOf(property)).some(holdsPlain);
  return inside(schema.resources[type]?.inputProperties ?? {}, inputs, "");
}
