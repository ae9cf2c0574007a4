import Type from "typebox";

/** Form of a text, in words too, and an example of it; see infra/config/text-kinds.ts. */
const kinds = {
  name: {
    pattern: "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
    maxLength: 63,
    allowed: "a name: at most 63 letters, digits and - . _, the first and the last a letter or digit",
    example: "factory-1",
  },
  stack: {
    pattern: "^[A-Za-z0-9_.-]+$",
    maxLength: 100,
    allowed: "the name of a stack: at most 100 letters, digits and - . _",
    example: "factory-1",
  },
  labelKey: {
    pattern: "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$",
    maxLength: 317,
    allowed: "the key of a label",
    example: "region",
  },
  labelValue: {
    pattern: "^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$",
    maxLength: 63,
    allowed: "the value of a label, in quotes: at most 63 letters, digits and - _ .",
    example: '"eu"',
  },
  duration: {
    pattern: "^([0-9]{1,6}(d|h|m|s))+$",
    maxLength: 40,
    allowed: "a duration of days, hours, minutes and seconds",
    example: "1h30m",
  },
  percent: {
    pattern: "^(100|[1-9]?[0-9])%$",
    maxLength: 4,
    allowed: "a share from 0% to 100%",
    example: "10%",
  },
  url: {
    pattern: "^https?://[^\\s@]+$",
    maxLength: 2048,
    allowed: "an address with http or https, without a user in it",
    example: "https://prometheus.example.com",
  },
  condition: {
    pattern: "^(<|<=|>|>=|==) ?-?[0-9]{1,15}([.][0-9]{1,15})?$",
    maxLength: 40,
    allowed: "a comparison with a number, in quotes",
    example: '"< 0.01"',
  },
  artifact: {
    pattern: "^oci://[^\\s@]+:\\w[\\w.-]{0,99}$",
    maxLength: 512,
    allowed: "oci://REGISTRY/PATH:TAG, with {cluster} where the name of the cluster belongs",
    example: "oci://registry.example.com/fleet/{cluster}:stable",
  },
  object: {
    pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$",
    maxLength: 317,
    allowed: "NAMESPACE/NAME of an object",
    example: "flux-system/iotedge",
  },
  free: { maxLength: 4096, allowed: "a text that is neither empty nor overlong", example: "./check.sh" },
} as const;

/** Schema of a text of one kind. */
export function text(kind: keyof typeof kinds, description: string, fallback?: string) {
  return Type.String({
    ...kinds[kind],
    minLength: kind === "labelValue" ? 0 : 1,
    description,
    ...(fallback !== undefined && { default: fallback }),
  });
}
