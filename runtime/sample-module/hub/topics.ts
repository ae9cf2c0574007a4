/** Telemetry as a module publishes it. */
export interface Telemetry {
  /** Output that it was sent to; undefined for the module's own telemetry. */
  readonly output: string | undefined;
  /** Its other properties, `name=value` percent-encoded and joined by `&`. */
  readonly properties: string;
}

const outputProperty = "$.on";

/** Where a module publishes telemetry; its properties follow. */
export function telemetryPrefix(deviceId: string, moduleId: string): string {
  return `devices/${deviceId}/modules/${moduleId}/messages/events/`;
}

/** What a module subscribes to for the messages to its inputs. */
export function inputFilter(deviceId: string, moduleId: string): string {
  return `devices/${deviceId}/modules/${moduleId}/inputs/#`;
}

/** Where a module gets a message for one of its inputs. */
export function inputTopic(deviceId: string, moduleId: string, input: string, properties: string): string {
  return `devices/${deviceId}/modules/${moduleId}/inputs/${input}/${properties}`;
}

/** Reads what follows {@link telemetryPrefix} in a topic. */
export function parseTelemetry(text: string): Telemetry {
  let output: string | undefined;
  const properties: string[] = [];
  for (const property of text.replace(/\/$/, "").split("&")) {
    const [name = "", value = ""] = property.split("=");
    if (decoded(name) === outputProperty) output = decoded(value);
    else if (property !== "") properties.push(property);
  }
  return { output, properties: properties.join("&") };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
