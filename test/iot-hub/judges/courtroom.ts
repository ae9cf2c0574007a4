import { copyFile, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedPackages } from "../../../runtime/images/npm-packages.ts";
import { progress } from "../../support/progress.ts";
import { testBuildContext } from "../../support/python/python.ts";
import { type FakeIotHub, type FakeIotHubOptions, startFakeIotHub } from "../index.ts";
import { createJudge, type Judge } from "./judge.ts";
import { createJudgeNetwork } from "./network.ts";

/** A fake, and Microsoft's clients that reach it as they would reach Azure. */
export interface Courtroom {
  readonly fake: FakeIotHub;
  /** Starts a program of `npm/`. */
  npm(program: string): Judge;
  close(): Promise<void>;
}

export async function openCourtroom(options: FakeIotHubOptions = {}): Promise<Courtroom> {
  const directory = await mkdtemp(join(tmpdir(), "edge-courtroom-"));
  const npm = join(import.meta.dirname, "npm");
  const packages = await npmPackages(npm);
  for (const file of await readdir(npm))
    if (file.endsWith(".mjs")) await copyFile(join(npm, file), join(directory, file));
  await symlink(packages, join(directory, "node_modules"));

  const fake = await startFakeIotHub(options);
  const network = await createJudgeNetwork(fake);
  const ca = join(directory, "ca.pem");
  await writeFile(ca, fake.caPem);
  const judges: Judge[] = [];

  function start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): Judge {
    const judge = createJudge(network.start(program, args, environment));
    judges.push(judge);
    return judge;
  }

  return {
    fake,
    npm: (program) =>
      start(process.execPath, [join(directory, program)], { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca }),
    close: async () => {
      await Promise.all(judges.map((judge) => judge.end()));
      await fake.close();
      await network.remove();
      await rm(directory, { recursive: true });
    },
  };
}

/** Installs the SDKs into the cache, exactly those that package-lock.json pins. */
async function npmPackages(directory: string): Promise<string> {
  const { cache, locked, toolbox } = testBuildContext();
  const say = () => progress("Installing Microsoft's clients of IoT Hub");
  const packages = await installedPackages({ cache, locked, toolbox: { ...toolbox, say } }, directory);
  if (packages === undefined) throw new Error("the judges' packages are not pinned");
  return packages;
}
