/** A message of a device or module that has reached the hub: what its built-in endpoint would hand to a service. */
export interface Message {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  /** Name of a module's output. */
  readonly output: string | undefined;
  /** System properties by their short names (`$.mid`, `$.ct`). */
  readonly system: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const systemNames = new Set([
  "$.mid",
  "$.cid",
  "$.uid",
  "$.ct",
  "$.ce",
  "$.on",
  "$.exp",
  "$.to",
  "$.ifid",
  "$.sub",
  "$.cdid",
  "$.cmid",
]);

/**
 * Reads the property bag of a topic.
 *
 * @returns undefined when it is malformed or has a system property that nobody knows
 */
export function readPropertyBag(bag: string): Pick<Message, "output" | "system" | "properties"> | undefined {
  const system: Record<string, string> = {};
  const properties: Record<string, string> = {};
  try {
    // The SDK for Node ends the bag of an output with a slash.
    for (const field of bag.replace(/\/$/, "").split("&")) {
      if (field === "") continue;
      const [name = "", value = ""] = field.split("=").map(decodeURIComponent);
      const known = systemNames.has(name);
      if (name.startsWith("$.") && !known) return undefined;
      (known ? system : properties)[name] = value;
    }
  } catch {
    return undefined;
  }
  return { output: system["$.on"], system, properties };
}
