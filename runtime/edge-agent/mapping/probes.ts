import type { V1Container, V1Probe } from "@kubernetes/client-node";
import type { Healthcheck, Module } from "#manifest";
import { literal } from "./environment.ts";

type Probes = Pick<V1Container, "startupProbe" | "livenessProbe" | "readinessProbe">;

/**
 * Probes that do what a Docker health check does: an unhealthy module gets no traffic, and is started again where its
 * restart policy says so.
 */
export function probesOf({ container, restartPolicy }: Module): Probes {
  const { healthcheck } = container;
  if (healthcheck === undefined) return {};
  const probe = probeOf(healthcheck);
  const isRestarted = restartPolicy === "always" || restartPolicy === "on-unhealthy";
  return { ...startup(healthcheck), ...(isRestarted ? { livenessProbe: probe } : {}), readinessProbe: probe };
}

function probeOf({ command, interval, timeout, retries }: Healthcheck): V1Probe {
  const exec = { command: command.map(literal) };
  return { exec, periodSeconds: interval, timeoutSeconds: timeout, failureThreshold: retries };
}

/** The other probes wait until this one has succeeded once, or has failed for the whole start period. */
function startup(healthcheck: Healthcheck): Probes {
  const { startPeriod, startInterval, retries } = healthcheck;
  if (startPeriod === 0) return {};
  const failureThreshold = Math.ceil(startPeriod / startInterval) + retries;
  return { startupProbe: { ...probeOf(healthcheck), periodSeconds: startInterval, failureThreshold } };
}
