import { expect, it } from "vitest";
import { loadKubeConfig } from "./kube-config.ts";

const code = (value: string) => expect.objectContaining({ code: value });

it("says what is missing outside a pod", () => {
  expect(() => loadKubeConfig({})).toThrow(code("EDGE_KUBERNETES_NO_CONFIG"));
  expect(() => loadKubeConfig({ KUBECONFIG: "/no/such/file" })).toThrow("/no/such/file");
});
