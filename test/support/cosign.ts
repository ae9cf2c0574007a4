import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureGoTools } from "./go-tools.ts";
import { progress } from "./progress.ts";
import { type Outcome, runProgram } from "./run-program.ts";

const run = promisify(execFile);
const packages = ["github.com/sigstore/cosign/v3/cmd/cosign"];
const password = { COSIGN_PASSWORD: "of the test" };

/** Who signs artifacts by a key pair of its own. */
export interface Signer {
  /** PEM. */
  readonly publicKey: string;
  /** Signs what follows as the last word, in a registry on the loopback: for a fleet file. */
  readonly command: readonly string[];
  /** Ends with 0 where this key has signed what follows as the last word. */
  readonly verifyCommand: readonly string[];
  /** For a script that signs by itself: where cosign is, its environment, and words for `cosign sign`, its key first. */
  readonly byScript: {
    readonly programs: string;
    readonly env: Readonly<Record<string, string>>;
    readonly words: readonly string[];
    /** Those among them that are not about the key. */
    readonly offline: readonly string[];
  };
  /** Signs what `edgectl render --push` has printed. */
  sign(reference: string): Promise<void>;
  /** What `cosign verify` says of an image, in such a registry, by this key. */
  verify(reference: string): Promise<Outcome>;
}

/**
 * Compiles cosign from its pinned module, unless this user's cache holds it, which takes about 2 minutes once where Flux has
 * been compiled, and makes a key pair. No log of transparency takes part: it would be a service of the internet.
 */
export async function makeSigner(directory: string): Promise<Signer> {
  const programs = await ensureGoTools("cosign-tools", [{ name: "cosign", title: "cosign", packages }], progress);
  const program = join(programs, "cosign");
  await run(program, ["generate-key-pair"], { cwd: directory, env: { ...process.env, ...password } });
  const offline = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry"];
  const words = ["--key", join(directory, "cosign.key"), ...offline];
  const environment = Object.entries(password).map((pair) => pair.join("="));
  const command = ["env", ...environment, program, "sign", "--yes", ...words];
  const publicKey = join(directory, "cosign.pub");
  const unlogged = ["--insecure-ignore-tlog", "--allow-http-registry", "--output", "json"];
  const verifying = ["verify", "--key", publicKey, ...unlogged];
  return {
    publicKey: await readFile(publicKey, "utf8"),
    command,
    verifyCommand: [program, ...verifying],
    byScript: { programs, env: password, words, offline },
    sign: async (reference) => {
      const [env = "", ...args] = command;
      await run(env, [...args, reference.trim().replace("oci://", "")]);
    },
    verify: (reference) => runProgram(program, [...verifying, reference], { cwd: directory }),
  };
}
