/** What IoT Hub has for a module besides telemetry. Modules subscribe to it here, and the hub there on their behalf. */
export const filters = {
  twinAnswers: "$iothub/twin/res/#",
  desired: "$iothub/twin/PATCH/properties/desired/#",
  methods: "$iothub/methods/POST/#",
} as const;

export const upstreamFilters: readonly string[] = Object.values(filters);

const requestId = "([^/&]{1,128})";
const twinRequest = new RegExp(`^\\$iothub/twin/(GET|PATCH/properties/reported)/\\?\\$rid=${requestId}$`);
const twinAnswer = new RegExp(`^\\$iothub/twin/res/(\\d{3})/\\?\\$rid=${requestId}(&\\$version=\\d{1,18})?$`);
const desired = /^\$iothub\/twin\/PATCH\/properties\/desired\/\?\$version=(\d{1,15})$/;
const method = new RegExp(`^\\$iothub/methods/POST/[^/]{1,1000}/\\?\\$rid=${requestId}$`);
const methodAnswer = new RegExp(`^\\$iothub/methods/res/-?\\d{1,9}/\\?\\$rid=${requestId}&?$`);

/** A module's request for its twin. */
export interface TwinRequest {
  readonly kind: "get" | "report";
  readonly requestId: string;
}

export function parseTwinRequest(topic: string): TwinRequest | undefined {
  const [, what, id] = twinRequest.exec(topic) ?? [];
  if (id === undefined) return undefined;
  return { kind: what === "GET" ? "get" : "report", requestId: id };
}

export function twinRequestTopic({ kind, requestId: id }: TwinRequest): string {
  return `$iothub/twin/${kind === "get" ? "GET" : "PATCH/properties/reported"}/?$rid=${id}`;
}

/** IoT Hub's answer to a request for a twin. */
export interface TwinAnswer {
  readonly status: number;
  readonly requestId: string;
  /** `&$version=...` of the reported properties, or nothing. */
  readonly version: string;
}

export function parseTwinAnswer(topic: string): TwinAnswer | undefined {
  const [, status, id, version = ""] = twinAnswer.exec(topic) ?? [];
  return id === undefined ? undefined : { status: Number(status), requestId: id, version };
}

export function twinAnswerTopic({ status, requestId: id, version }: TwinAnswer): string {
  return `$iothub/twin/res/${status}/?$rid=${id}${version}`;
}

/** `$version` of a change of desired properties; undefined for another topic. */
export function desiredVersion(topic: string): number | undefined {
  const [, version] = desired.exec(topic) ?? [];
  return version === undefined ? undefined : Number(version);
}

export function desiredTopic(version: number): string {
  return `$iothub/twin/PATCH/properties/desired/?$version=${version}`;
}

/** Id of a direct method's call. */
export function methodCall(topic: string): string | undefined {
  return method.exec(topic)?.[1];
}

/** Id of the call that is answered. */
export function methodAnswered(topic: string): string | undefined {
  return methodAnswer.exec(topic)?.[1];
}
