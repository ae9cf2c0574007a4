import manifest from "../../package.json" with { type: "json" };

/** Version of the runtime, as it tells its clients. */
export const version: string = manifest.version;
