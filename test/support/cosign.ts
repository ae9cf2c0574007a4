import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureGoTools } from "./go-tools.ts";
import { progress } from "./progress.ts";

const run = promisify(execFile);
const packages = ["github.com/sigstore/cosign/v3/cmd/cosign"];

/** Who signs artifacts by a key pair of its own. */
export interface Signer {
  /** PEM. */
  readonly publicKey: string;
  /** Signs what `edgectl render --push` has printed, in a registry on the loopback. */
  sign(reference: string): Promise<void>;
}

/**
 * Compiles cosign from its pinned module, unless this user's cache holds it, which takes about 2 minutes once where Flux has
 * been compiled, and makes a key pair. No log of transparency takes part: it would be a service of the internet.
 */
export async function makeSigner(directory: string): Promise<Signer> {
  const programs = await ensureGoTools("cosign-tools", [{ name: "cosign", title: "cosign", packages }], progress);
  const env = { ...process.env, COSIGN_PASSWORD: "of the test" };
  const cosign = (...args: string[]) => run(join(programs, "cosign"), args, { cwd: directory, env });
  await cosign("generate-key-pair");
  const offline = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "--yes"];
  return {
    publicKey: await readFile(join(directory, "cosign.pub"), "utf8"),
    sign: async (reference) => {
      await cosign("sign", "--key", "cosign.key", ...offline, reference.trim().replace("oci://", ""));
    },
  };
}
