import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderKubeconfig } from "./kubeconfig.ts";

const text = renderKubeconfig({
  context: "edge-local",
  server: "https://10.245.0.1:6443",
  authority: "CA",
  user: "admin",
  credentials: { certificate: "CERTIFICATE", key: "KEY" },
});
const base64 = (value: string) => Buffer.from(value).toString("base64");

describe("renderKubeconfig", () => {
  it("joins server, user and context", () => {
    const config = parse(text);
    expect(config["current-context"]).toBe("edge-local");
    expect(config.contexts).toEqual([{ name: "edge-local", context: { cluster: "edge-local", user: "admin" } }]);
    expect(config.clusters[0].cluster.server).toBe("https://10.245.0.1:6443");
  });

  it("holds the keys itself", () => {
    const config = parse(text);
    expect(config.clusters[0].cluster["certificate-authority-data"]).toBe(base64("CA"));
    expect(config.users[0].user).toEqual({
      "client-certificate-data": base64("CERTIFICATE"),
      "client-key-data": base64("KEY"),
    });
  });
});
