import { expect, it } from "vitest";
import { kubectlCommand } from "../kubernetes/index.ts";
import { secretKeeper } from "./secret-storage.ts";

it("says how to make a namespace that is missing, by a command that runs as it stands", async () => {
  const context = "john's cluster";
  const kubectl = kubectlCommand({ context, kubeconfig: "/home/a b/config" });
  const keeper = secretKeeper(
    async () => ({ status: 404, body: {} }) as never,
    { context, server: "https://127.0.0.1:1" },
    { namespace: "state", context },
    { id: "1", file: "state.yaml", kubectl },
  );
  await expect(keeper.mark()).rejects.toMatchObject({
    code: "EDGE_STATE_NO_NAMESPACE",
    remedy: "Make it: kubectl --kubeconfig '/home/a b/config' --context 'john'\\''s cluster' create namespace state",
  });
});
