/** What a program of a user's own imports. */
export * as k8s from "@pulumi/kubernetes";
export { EdgeInstallation } from "../edge-installation.ts";
