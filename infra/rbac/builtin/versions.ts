/** Kubernetes versions whose built-in roles are known offline, the newest first. */
export const builtinVersions = ["1.36", "1.35", "1.34"] as const;
export type BuiltinVersion = (typeof builtinVersions)[number];

/** The version that the local cluster runs. */
export const defaultBuiltinVersion: BuiltinVersion = "1.36";
