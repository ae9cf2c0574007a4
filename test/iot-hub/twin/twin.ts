import type { JsonObject } from "../json.ts";
import { checkSection, type Section } from "./limits.ts";
import { applyMergePatch, mergePatchBetween } from "./merge-patch.ts";
import { metadataAfter } from "./metadata.ts";

export interface TwinOptions {
  readonly now: () => number;
  readonly tooLarge: 400 | 413;
  /** What a client is sent after desired properties were replaced as a whole. */
  readonly replaceSends: "difference" | "whole";
  /** Is told each change of the desired properties, with the new version. */
  readonly onDesired: (patch: JsonObject, version: number) => void;
}

interface State {
  readonly value: JsonObject;
  readonly metadata: JsonObject;
  readonly version: number;
}

/** The twin of a device or a module. What is refused leaves it as it is. */
export class Twin {
  #options: TwinOptions;
  #sections: Record<Section, State>;
  #version = 1;

  constructor(options: TwinOptions) {
    this.#options = options;
    const empty = (version: number): State => ({
      value: {},
      metadata: { $lastUpdated: new Date(options.now()).toISOString() },
      version,
    });
    this.#sections = { tags: empty(1), desired: empty(1), reported: empty(1) };
  }

  get etag(): string {
    return Buffer.from(String(this.#version).padStart(8, "0")).toString("base64");
  }

  get version(): number {
    return this.#version;
  }

  valueOf(section: Section): JsonObject {
    return this.#sections[section].value;
  }

  versionOf(section: Section): number {
    return this.#sections[section].version;
  }

  /** As the service sees it; tags have neither metadata nor version there. */
  documentOf(section: "desired" | "reported"): JsonObject {
    const { value, metadata, version } = this.#sections[section];
    return { ...value, $metadata: metadata, $version: version };
  }

  /** As the client itself gets it: without metadata. */
  forClient(): JsonObject {
    const { desired, reported } = this.#sections;
    return {
      desired: { ...desired.value, $version: desired.version },
      reported: { ...reported.value, $version: reported.version },
    };
  }

  /** Several sections at once, or none. */
  patch(patches: Partial<Record<Section, JsonObject>>): void {
    const changes = Object.entries(patches) as [Section, JsonObject][];
    const after = changes.map(([section, patch]) => {
      const value = applyMergePatch(this.#sections[section].value, patch) as JsonObject;
      this.#check(section, value);
      return { section, patch, value, told: patch };
    });
    for (const change of after) this.#set(change);
  }

  replace(sections: Partial<Record<Section, JsonObject>>): void {
    const changes = Object.entries(sections) as [Section, JsonObject][];
    for (const [section, value] of changes) this.#check(section, value);
    for (const [section, value] of changes) {
      const patch = mergePatchBetween(this.#sections[section].value, value);
      this.#set({ section, patch, value, told: this.#options.replaceSends === "whole" ? value : patch });
    }
  }

  #check(section: Section, value: JsonObject): void {
    checkSection(section, value, this.#options.tooLarge);
  }

  #set(change: { section: Section; patch: JsonObject; value: JsonObject; told: JsonObject }): void {
    const { section, patch, value, told } = change;
    const version = this.#sections[section].version + 1;
    const stamp = {
      time: new Date(this.#options.now()).toISOString(),
      version: section === "desired" ? version : undefined,
    };
    this.#sections[section] = {
      value,
      version,
      metadata: metadataAfter(this.#sections[section].metadata, patch, stamp),
    };
    this.#version++;
    if (section === "desired") this.#options.onDesired(told, version);
  }
}
