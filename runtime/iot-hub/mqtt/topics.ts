/** What a module subscribes to for its twin and its direct methods. Filters with other wildcards are not IoT Hub's. */
export const moduleFilters: readonly string[] = [
  "$iothub/methods/POST/#",
  "$iothub/twin/PATCH/properties/desired/#",
  "$iothub/twin/res/#",
];

/** What IoT Hub sends a module, by its topic. */
export type Arrival =
  | { readonly type: "method"; readonly name: string; readonly requestId: string }
  | { readonly type: "desired"; readonly version: number }
  | { readonly type: "twin-answer"; readonly status: number; readonly requestId: string };

const twinAnswer = /^\$iothub\/twin\/res\/(\d{3})\/\?\$rid=([^&]{1,64})(?:&\$version=\d{1,15})?$/;
const desired = /^\$iothub\/twin\/PATCH\/properties\/desired\/\?\$version=(\d{1,15})$/;
const method = /^\$iothub\/methods\/POST\/([^/?#+]{1,300})\/\?\$rid=([^&/]{1,64})$/;

/** @returns undefined for a topic that is none of IoT Hub's */
export function readTopic(topic: string): Arrival | undefined {
  const [, status, answered] = twinAnswer.exec(topic) ?? [];
  if (status !== undefined && answered !== undefined)
    return { type: "twin-answer", status: Number(status), requestId: answered };
  const [, version] = desired.exec(topic) ?? [];
  if (version !== undefined) return { type: "desired", version: Number(version) };
  const [, name, requestId] = method.exec(topic) ?? [];
  if (name === undefined || requestId === undefined) return undefined;
  return { type: "method", name: decoded(name), requestId };
}

/** What a module sends. */
export const topics = {
  twinGet: (requestId: string) => `$iothub/twin/GET/?$rid=${requestId}`,
  report: (requestId: string) => `$iothub/twin/PATCH/properties/reported/?$rid=${requestId}`,
  methodAnswer: (status: number, requestId: string) => `$iothub/methods/res/${status}/?$rid=${requestId}`,
} as const;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
