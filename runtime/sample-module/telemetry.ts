/** One reading of the sensor, and the digest that proves which module it is from. */
export interface Telemetry {
  readonly moduleId: string;
  readonly reading: string;
  readonly digest: string;
}

export function isTelemetry(value: unknown): value is Telemetry {
  const { moduleId, reading, digest } = (value ?? {}) as Record<string, unknown>;
  return [moduleId, reading, digest].every((field) => typeof field === "string");
}
