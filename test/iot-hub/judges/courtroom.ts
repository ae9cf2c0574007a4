import { copyFile, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedPackages } from "../../../runtime/images/npm-packages.ts";
import { progress } from "../../support/progress.ts";
import {
  canUnpackPython,
  debianPython,
  type Python,
  pypiPackages,
  testBuildContext,
} from "../../support/python/python.ts";
import { waitFor } from "../../support/wait-for.ts";
import { type FakeIotHub, type FakeIotHubOptions, type JournalEntry, startFakeIotHub } from "../index.ts";
import { javaCommand } from "./java.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { Namespace } from "./namespace.ts";
import { createJudgeNetwork } from "./network.ts";

const npm = join(import.meta.dirname, "npm");
const pypi = join(import.meta.dirname, "pypi");

/** Why Microsoft's clients of PyPI cannot run; undefined where they can. */
export function lacksPython(): string | undefined {
  if (!canUnpackPython()) return "it needs Debian's apt-get and dpkg-deb";
  return process.arch === "x64" ? undefined : "Microsoft publishes uamqp for x86_64 alone";
}

/** Another place for a client than the courtroom's network, and what it finds in its environment there. */
export interface Place {
  readonly namespace: Namespace;
  readonly environment: Readonly<Record<string, string>>;
}

/** A fake, and Microsoft's clients that reach it as they would reach Azure. */
export interface Courtroom {
  readonly fake: FakeIotHub;
  /** Where clients may find files. */
  readonly directory: string;
  /** In which the fake has the ports of IoT Hub. */
  readonly network: Namespace;
  /** Starts a program of `npm/`. */
  npm(program: string, place?: Place): Judge;
  /** Starts a program of `pypi/`. */
  pypi(program: string, place?: Place): Promise<Judge>;
  /** Starts a program of `maven/`. */
  maven(program: string): Promise<Judge>;
  /** Resolves once a client has subscribed: its SDK does not say when. */
  subscribed(clientId: string, filter: string): Promise<unknown>;
  /** The connections of a client that were accepted, past ones included. */
  connects(clientId: string): readonly JournalEntry[];
  close(): Promise<void>;
}

export async function openCourtroom(options: FakeIotHubOptions = {}): Promise<Courtroom> {
  const directory = await mkdtemp(join(tmpdir(), "edge-courtroom-"));
  const packages = await npmPackages();
  for (const file of await readdir(npm))
    if (file.endsWith(".mjs")) await copyFile(join(npm, file), join(directory, file));
  await symlink(packages, join(directory, "node_modules"));

  const fake = await startFakeIotHub(options);
  const network = await createJudgeNetwork(fake);
  const ca = join(directory, "ca.pem");
  await writeFile(ca, fake.caPem);
  const judges: Judge[] = [];

  function start([program, ...args]: readonly [string, ...string[]], own: NodeJS.ProcessEnv, place: Place): Judge {
    const environment = { PATH: process.env.PATH, ...own, ...place.environment };
    const judge = createJudge(place.namespace.start(program, args, environment));
    judges.push(judge);
    return judge;
  }

  const here: Place = { namespace: network, environment: {} };
  return {
    fake,
    directory,
    network,
    pypi: async (program, place = here) => {
      const { program: python, environment } = await pythonWithPackages();
      return start([python, join(pypi, program)], { ...environment, SSL_CERT_FILE: ca, REQUESTS_CA_BUNDLE: ca }, place);
    },
    maven: async (program) => start(await javaCommand(program, directory, ca), {}, here),
    npm: (program, place = here) =>
      start([process.execPath, join(directory, program)], { NODE_EXTRA_CA_CERTS: ca }, place),
    subscribed: (clientId, filter) =>
      waitFor(`${clientId} to subscribe`, () => fake.hub.connections.get(clientId)?.isSubscribed(filter) || undefined),
    connects: (clientId) =>
      fake.journal.entries.filter(
        ({ who, what, outcome }) => who === clientId && what === "CONNECT" && outcome === "accepted",
      ),
    close: async () => {
      await Promise.all(judges.map((judge) => judge.end()));
      await fake.close();
      await network.remove();
      await rm(directory, { recursive: true });
    },
  };
}

/** Installs the SDKs into the cache, exactly those that package-lock.json pins. */
async function npmPackages(): Promise<string> {
  const { cache, locked, toolbox } = testBuildContext();
  const say = () => progress("Installing Microsoft's clients of IoT Hub");
  const packages = await installedPackages({ cache, locked, toolbox: { ...toolbox, say } }, npm);
  if (packages === undefined) throw new Error("the judges' packages are not pinned");
  return packages;
}

/** The same of PyPI, and Debian's Python. */
async function pythonWithPackages(): Promise<Pick<Python, "program" | "environment">> {
  const context = testBuildContext();
  const { tree, program, environment } = await debianPython(context);
  const packages = await pypiPackages(context, { tree, program, environment }, join(pypi, "requirements.txt"));
  const path = [packages, join(tree, "usr/lib/python3/dist-packages")].join(":");
  return { program, environment: { ...environment, PYTHONPATH: path } };
}
