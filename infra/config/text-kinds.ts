import Type from "typebox";
import { defaultImagesFile } from "#contract";

/** A kind of text in the configuration: the pattern that it must match, in words too, and an example of it. */
interface TextKind {
  readonly pattern: string;
  readonly maxLength: number;
  /** Completes "must be ...". */
  readonly allowed: string;
  readonly example: string;
}

const dnsLabel: TextKind = {
  pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
  maxLength: 63,
  allowed: "a DNS label: at most 63 of a-z, 0-9 and -, first and last of them no -",
  example: "edge-a",
};

const hostname: TextKind = {
  pattern: "^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$",
  maxLength: 253,
  allowed: "a host name: labels of letters, digits and - with dots between them, at most 253 characters",
  example: "myhub.azure-devices.net",
};

const deviceId: TextKind = {
  pattern: "^[A-Za-z0-9\\-:.+%_#*?!(),=@;$']+$",
  maxLength: 128,
  allowed: "a device id of IoT Hub: at most 128 letters, digits and - : . + % _ # * ? ! ( ) , = @ ; $ '",
  example: "gateway-17",
};

const idScope: TextKind = {
  pattern: "^[A-Za-z0-9]+$",
  maxLength: 64,
  allowed: "the ID scope of a provisioning service: letters and digits",
  example: "0ne00000001",
};

const registrationId: TextKind = {
  pattern: "^[a-z0-9]([a-z0-9\\-._:]*[a-z0-9])?$",
  maxLength: 128,
  allowed: "a registration id: at most 128 of a-z, 0-9 and - . _ :",
  example: "line-1",
};

const serviceUrl: TextKind = {
  pattern: "^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/?$",
  maxLength: 300,
  allowed: "https:// and a host name",
  example: "https://global.azure-devices-provisioning.net",
};

const proxyUrl: TextKind = {
  pattern: "^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+\\])(:[0-9]{1,5})?/?$",
  maxLength: 300,
  allowed: "http:// or https://, a host and a port, without a name and a password",
  example: "http://proxy.example.com:3128",
};

const objectName: TextKind = {
  pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
  maxLength: 253,
  allowed: "the name of a Secret: a-z, 0-9, - and ., at most 253 characters",
  example: "registry-credentials",
};

const duty: TextKind = {
  pattern: "^(managed|external)$",
  maxLength: 8,
  allowed: "managed or external",
  example: "external",
};

const variable: TextKind = {
  pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
  maxLength: 255,
  allowed: "the name of a variable: letters, digits and _, the first no digit",
  example: "SITE",
};

const registry: TextKind = {
  pattern: "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[a-z0-9._/-]+)?$",
  maxLength: 300,
  allowed:
    "a registry: its host, with the port where that is not 443, and a path where the credentials are for that alone",
  example: "registry.example.com:5000",
};

const quantity: TextKind = {
  pattern: "^[0-9]+([.][0-9]+)?(m|k|[MGTP]|[KMGTP]i)?$",
  maxLength: 32,
  allowed: "a quantity of Kubernetes, in quotes",
  example: "128Mi",
};

const labelValue: TextKind = {
  pattern: "^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$",
  maxLength: 63,
  allowed: "the value of a label: at most 63 letters, digits and - _ .",
  example: "gateway",
};

const filePath: TextKind = {
  pattern: "^[^\\0]+$",
  maxLength: 4096,
  allowed: "the path of a file, relative to the directory of Pulumi.yaml",
  example: defaultImagesFile,
};

const nodePath: TextKind = {
  pattern: "^/(?!(.*/)?[.][.]?(/|$))[^:]*$",
  maxLength: 1024,
  allowed: "an absolute path without : and ..",
  example: "/srv/plc",
};

const capability: TextKind = {
  pattern: "^(?!CAP_)[A-Z][A-Z_]*$",
  maxLength: 63,
  allowed: "the name of a Linux capability without CAP_",
  example: "NET_ADMIN",
};

const resourceName: TextKind = {
  pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
  maxLength: 317,
  allowed: "the name of a device plugin's resource: a domain, / and a name",
  example: "smarter-devices/ttyUSB0",
};

const deviceRule: TextKind = {
  pattern: "^[abc] ([0-9]+|[*]):([0-9]+|[*])$",
  maxLength: 32,
  allowed: "a type of devices and their numbers: a, b or c, major and minor, * for any",
  example: "c 188:*",
};

const hostPort: TextKind = {
  pattern: "^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$",
  maxLength: 11,
  allowed: "a port of nodes, or a range of them, in quotes",
  example: "1024-29999",
};

const priorityClass: TextKind = {
  pattern: "^(?!system-)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
  maxLength: 253,
  allowed: "the name of a PriorityClass that does not begin with system-",
  example: "plant-modules",
};

const labelKey: TextKind = {
  pattern: "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
  maxLength: 317,
  allowed: "the key of a label or taint: a domain and /, where it has one, and a name",
  example: "example.com/cameras",
};

const annotationPrefix: TextKind = {
  pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*/?[A-Za-z0-9._-]*$",
  maxLength: 317,
  allowed: "the domain of annotations, or how their keys begin, with a dot or slash at the end",
  example: "example.com",
};

const generation: TextKind = {
  pattern: "^[a-z0-9][a-z0-9-]*$",
  maxLength: 32,
  allowed: "the id of a generation: at most 32 of a-z, 0-9 and -, the first of them no -",
  example: "r2",
};

const issuerKind: TextKind = {
  pattern: "^[A-Z][A-Za-z0-9]*$",
  maxLength: 63,
  allowed: "the kind of an issuer of cert-manager",
  example: "ClusterIssuer",
};

const ipAddress: TextKind = {
  pattern: "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$",
  maxLength: 49,
  allowed: "an IP address, or a range of them as address/bits",
  example: "10.0.0.5",
};

const kinds = {
  generation,
  variable,
  dnsLabel,
  hostname,
  deviceId,
  idScope,
  registrationId,
  serviceUrl,
  proxyUrl,
  objectName,
  duty,
  issuerKind,
  registry,
  quantity,
  labelValue,
  filePath,
  nodePath,
  capability,
  resourceName,
  deviceRule,
  hostPort,
  priorityClass,
  labelKey,
  annotationPrefix,
  ipAddress,
} as const;

/** Schema of a text of one kind. `allowed` and `example` are for messages; validators ignore them. */
export function text(kind: keyof typeof kinds, description: string, fallback?: string) {
  return Type.String({
    ...kinds[kind],
    minLength: 1,
    description,
    ...(fallback !== undefined && { default: fallback }),
  });
}
