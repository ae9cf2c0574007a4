import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../../runtime/images/cache.ts";
import { progress } from "../../support/progress.ts";
import { testBuildContext } from "../../support/python/python.ts";

const maven = join(import.meta.dirname, "maven");
const password = "changeit";

/** Why Microsoft's clients of Maven cannot run; undefined where they can. */
export function lacksJava(): string | undefined {
  const missing = ["java", "javac", "mvn"].filter((program) => spawnSync(program, ["-version"]).error !== undefined);
  return missing.length === 0
    ? undefined
    : `${missing.join(", ")} not found: apt-get install default-jdk-headless maven`;
}

/**
 * How a program of `maven/` is started.
 *
 * @param directory for the store of trusted certificates
 * @param ca PEM file of the authority that it shall trust, and no other
 */
export async function javaCommand(program: string, directory: string, ca: string): Promise<[string, ...string[]]> {
  const jars = await mavenPackages();
  const store = join(directory, "trusted.p12");
  if ((await stat(store).catch(() => undefined)) === undefined) {
    const { toolbox } = testBuildContext();
    const options = ["-noprompt", "-alias", "fake", "-storetype", "PKCS12", "-storepass", password];
    await toolbox.run("keytool", ["-importcert", ...options, "-file", ca, "-keystore", store]);
  }
  const trust = [`-Djavax.net.ssl.trustStore=${store}`, `-Djavax.net.ssl.trustStorePassword=${password}`];
  return ["java", ...trust, "-cp", join(jars, "*"), join(maven, program)];
}

/** Fetches the SDK into the cache, exactly the jars whose hashes are committed. */
async function mavenPackages(): Promise<string> {
  const { cache, toolbox } = testBuildContext();
  const hashes = await readFile(join(maven, "jars.sha256"), "utf8");
  const target = await cache.path("parts", `maven-${sha256(hashes).slice(0, 16)}`);
  if ((await stat(target).catch(() => undefined)) !== undefined) return target;
  progress("Fetching Microsoft's clients of Maven");
  await writeWhole(target, async (temporary) => {
    await mkdir(temporary);
    const options = ["--quiet", "--batch-mode", "--file", join(maven, "pom.xml"), `-DoutputDirectory=${temporary}`];
    await toolbox.run("mvn", [...options, "dependency:copy-dependencies"]);
    for (const [, hash, file = ""] of hashes.matchAll(/^(\S+) {2}(\S+)$/gm))
      if (sha256(await readFile(join(temporary, file))) !== hash)
        throw new Error(`${file} is not the one that is pinned`);
  });
  return target;
}

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
