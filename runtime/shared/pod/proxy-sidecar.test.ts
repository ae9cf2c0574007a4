import { expect, it } from "vitest";
import { proxySidecar } from "./proxy-sidecar.ts";
import { kubernetesTokenMount, kubernetesTokenVolume, proxyVolumes } from "./volumes.ts";

const settings = {
  image: "registry.example.com/proxy:1",
  imagePullPolicy: "IfNotPresent",
  resources: { limits: { memory: "32Mi" } },
} as const;

it("makes the proxy a native sidecar that holds the module back until it is ready", () => {
  const proxy = proxySidecar({ settings, management: false, logLevel: "warn" });
  expect(proxy).toMatchObject({
    name: "proxy",
    restartPolicy: "Always",
    startupProbe: { httpGet: { path: "/readyz", port: "proxy-obs" } },
    resources: settings.resources,
    env: [
      { name: "IOTEDGED_HOST", value: "iotedged" },
      { name: "PROXY_MANAGEMENT", value: "off" },
      { name: "PROXY_LOG_LEVEL", value: "warn" },
    ],
  });
  const bounded = proxySidecar({ settings: { ...settings, maxConnections: 300 }, management: false, logLevel: "info" });
  expect(bounded.env).toContainEqual({ name: "PROXY_MAX_CONNECTIONS", value: "300" });
  const old = proxySidecar({ settings: { ...settings, ipv6: false }, management: false, logLevel: "info" });
  expect(old.env).toContainEqual({ name: "PROXY_IPV6", value: "off" });
  const own = proxySidecar({ settings, management: true, logLevel: "info" });
  expect(own.env).toContainEqual({ name: "PROXY_MANAGEMENT", value: "on" });
});

it("mounts only what is declared, and declares only what is mounted", () => {
  const mounted = proxySidecar({ settings, management: false, logLevel: "info" }).volumeMounts ?? [];
  const declared = proxyVolumes({ audience: "iotedge:a/b" });
  expect(mounted.map(({ name }) => name)).toEqual(declared.map(({ name }) => name));
  expect(mounted.every((mount) => mount.subPath === undefined)).toBe(true);
  expect(kubernetesTokenMount.name).toBe(kubernetesTokenVolume.name);
});

it("asks for a token of the installation's audience that lives for an hour", () => {
  const [token] = proxyVolumes({ audience: "iotedge:a/b" });
  expect(token?.projected?.sources).toEqual([
    { serviceAccountToken: { audience: "iotedge:a/b", expirationSeconds: 3600, path: "token" } },
  ]);
});
