import type { Html } from "../../web-page/index.ts";

/** A page of the console. */
export interface Page {
  readonly title: string;
  /** The entry of the menu that it belongs to. */
  readonly section: Section["path"];
  /** As it is now. What it throws is shown in its place. */
  render(): Promise<Html>;
  /** Milliseconds until it is looked at again while somebody watches. */
  readonly interval: number;
  /** The log that it shows and follows, by its address. */
  readonly log?: string;
}

export interface Section {
  readonly path: string;
  readonly title: string;
}

export const sections = [
  { path: "", title: "Installations" },
  { path: "permissions", title: "Permissions" },
  { path: "trust", title: "Trust" },
  { path: "rollouts", title: "Rollouts" },
] as const satisfies readonly Section[];
