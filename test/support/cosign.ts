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
  /** Signs what follows as the last word, in a registry on the loopback: for a fleet file. */
  readonly command: readonly string[];
  /** Signs what `edgectl render --push` has printed. */
  sign(reference: string): Promise<void>;
}

/**
 * Compiles cosign from its pinned module, unless this user's cache holds it, which takes about 2 minutes once where Flux has
 * been compiled, and makes a key pair. No log of transparency takes part: it would be a service of the internet.
 */
export async function makeSigner(directory: string): Promise<Signer> {
  const programs = await ensureGoTools("cosign-tools", [{ name: "cosign", title: "cosign", packages }], progress);
  const program = join(programs, "cosign");
  const password = { COSIGN_PASSWORD: "of the test" };
  await run(program, ["generate-key-pair"], { cwd: directory, env: { ...process.env, ...password } });
  const offline = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "--yes"];
  const key = ["--key", join(directory, "cosign.key")];
  const command = [
    "env",
    ...Object.entries(password).map((pair) => pair.join("=")),
    program,
    "sign",
    ...key,
    ...offline,
  ];
  return {
    publicKey: await readFile(join(directory, "cosign.pub"), "utf8"),
    command,
    sign: async (reference) => {
      const [env = "", ...args] = command;
      await run(env, [...args, reference.trim().replace("oci://", "")]);
    },
  };
}
