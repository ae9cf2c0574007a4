import { isIP } from "node:net";
import type { PropertyMap, Value } from "../values.ts";

/** Thrown for an argument that is missing or has no valid value. The caller adds the URN. */
export class InvalidTlsInput extends Error {}

/** Reads the arguments of a tls resource, of which the SDK guarantees neither presence nor type. */
export class TlsInputs {
  readonly #properties: PropertyMap;

  constructor(properties: PropertyMap) {
    this.#properties = properties;
  }

  text(key: string): string {
    const value = this.optionalText(key);
    if (value === undefined) throw new InvalidTlsInput(`${key} is required`);
    return value;
  }

  optionalText(key: string): string | undefined {
    const value = this.#properties[key] ?? undefined;
    if (value !== undefined && typeof value !== "string") throw new InvalidTlsInput(`${key} is not a string`);
    return value;
  }

  /** A whole number of at least `least`; `fallback` where the argument is absent. */
  count(key: string, least: number, fallback?: number): number {
    const value = this.#properties[key] ?? fallback;
    if (value === undefined) throw new InvalidTlsInput(`${key} is required`);
    if (!Number.isSafeInteger(value) || (value as number) < least) {
      throw new InvalidTlsInput(`${key} is ${JSON.stringify(value)}; it must be a whole number of at least ${least}`);
    }
    return value as number;
  }

  optionalCount(key: string, least: number): number | undefined {
    return (this.#properties[key] ?? undefined) === undefined ? undefined : this.count(key, least);
  }

  flag(key: string): boolean {
    const value = this.#properties[key] ?? false;
    if (typeof value !== "boolean") throw new InvalidTlsInput(`${key} is not a boolean`);
    return value;
  }

  texts(key: string): readonly string[] {
    const value = this.#properties[key] ?? [];
    if (!Array.isArray(value) || !value.every((item: Value) => typeof item === "string")) {
      throw new InvalidTlsInput(`${key} is not a list of strings`);
    }
    return value;
  }

  addresses(key: string): readonly string[] {
    const values = this.texts(key);
    const wrong = values.find((value) => isIP(value) === 0);
    if (wrong !== undefined) throw new InvalidTlsInput(`${key}: "${wrong}" is no IP address`);
    return values;
  }

  map(key: string): TlsInputs | undefined {
    const value = this.#properties[key] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw new InvalidTlsInput(`${key} is not a map`);
    return new TlsInputs(value as PropertyMap);
  }

  /** Values that the real provider takes by a "write-only" argument, which the render engine does not know. */
  refuse(...keys: readonly string[]): void {
    const given = keys.find((key) => (this.#properties[key] ?? undefined) !== undefined);
    if (given !== undefined)
      throw new InvalidTlsInput(`${given} is not supported; pass ${given.replace(/Wo(Version)?$/, "")}`);
  }
}
