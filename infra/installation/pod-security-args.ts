/** Whose rights pods have. */
export interface PodSecurityArgs {
  /** The platform gives pods users and groups, as OpenShift's `restricted-v2` does: none is named. @default false */
  assignedUsers?: boolean;
}
