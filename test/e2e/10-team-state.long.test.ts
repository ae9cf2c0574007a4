import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { packedPackage } from "../support/packed-package.ts";
import { hasRegistryTools } from "../support/registry.ts";
import { kubectl, kubectlOk } from "./cluster.ts";
import { clusterOptionsOf, greeted, type PackageProject, packageProject } from "./package-project.ts";
import { type PrivateImages, pushPrivateImages } from "./private-images.ts";

const namespace = "line-2";
const minutes = 60_000;
const ok = expect.objectContaining({ code: 0 });
let directory: string;
let cluster: readonly string[];
let images: PrivateImages;
let ada: PackageProject;
let bob: PackageProject;

/** As its author would be known to git. */
const git = (who: PackageProject, ...args: string[]) =>
  who.run("git", "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args);
const stack = (command: string) => [command, "--stack", "plant", "--engine", "render", ...cluster];
const here = () => ["-n", namespace, ...cluster];
const bundleIn = (text: string) => /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(text)?.[0];
const deployedBundle = async () =>
  bundleIn(
    await kubectlOk(["get", "configmap", "iotedged-proxy-trust-bundle", "-n", namespace, "-o", "jsonpath={.data}"]),
  );

const tools = await hasRegistryTools();

beforeAll(async () => {
  if (!tools) return;
  directory = await mkdtemp(join(tmpdir(), "edge-team-"));
  await mkdir(join(directory, "ada"));
  images = await pushPrivateImages(directory);
  ada = packageProject(join(directory, "ada"), images, { XDG_CONFIG_HOME: join(directory, "config-of-ada") });
  bob = packageProject(join(directory, "bob"), images, { XDG_CONFIG_HOME: join(directory, "config-of-bob") });
  const tarball = await packedPackage(directory);
  await ada.install(tarball);
  cluster = clusterOptionsOf(inject("kubeconfig"));
}, 15 * minutes);

afterAll(async () => {
  if (!tools) return;
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
  await images?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

describe.skipIf(!tools)(
  "a team with the packed tarball, one repository and a private registry",
  { timeout: 10 * minutes },
  () => {
    it("01 Ada makes a project, shares its state, and deploys", async () => {
      expect(await ada.edgectl("init", "--name", "plant", "--stack", "plant", "--images", images.file)).toEqual(ok);
      await ada.editManifest("hello");
      await ada.declare(namespace);
      expect(await ada.edgectl("state", "init")).toEqual(ok);
      const up = await ada.edgectl(...stack("up"));
      expect(up).toMatchObject({ code: 0, stderr: expect.stringContaining("made new keys, kept in state/plant.age") });
      await greeted(ada, here(), "hello");
      for (const args of [
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "plant"],
      ])
        expect(await git(ada, ...args)).toEqual(ok);
      const tracked = await git(ada, "ls-files");
      expect(tracked.stdout).toMatch(/^state\/plant\.age$/m);
      expect(tracked.stdout).not.toMatch(/^\.edge/m);
    });

    it("02 Bob's plain clone renders and is judged, and does not deploy without a key", async () => {
      expect(await ada.run("git", "clone", "-q", ".", join(directory, "bob"))).toEqual(ok);
      await bob.install();
      expect(await bob.edgectl("render", "--stack", "plant", "--out", join(directory, "manifests"))).toEqual(ok);
      const lint = await bob.edgectl("rbac", "lint", join(directory, "manifests"), "--fail-on", "high");
      expect(lint).toMatchObject({ code: 2, stdout: expect.not.stringContaining("Unresolved") });
      const before = await deployedBundle();
      const refused = await bob.edgectl(...stack("up"));
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("EDGE_STATE_NO_IDENTITY") });
      expect(before).toBeDefined();
      expect(await deployedBundle()).toBe(before);
    });

    it("03 once Ada has added him, Bob deploys an update under the same CA", async () => {
      const before = await deployedBundle();
      const recipient = (await bob.edgectl("state", "key")).stdout.trim();
      expect(await ada.edgectl("state", "rekey", "--add", `bob=${recipient}`)).toEqual(ok);
      expect(await git(ada, "commit", "-qam", "bob deploys")).toEqual(ok);
      expect(await git(bob, "pull", "-q")).toEqual(ok);
      const committed = await readFile(join(directory, "bob/state/plant.age"), "utf8");
      await bob.editManifest("good evening");
      expect(await bob.edgectl(...stack("up"))).toMatchObject({
        code: 0,
        stderr: expect.not.stringContaining("new keys"),
      });
      await greeted(bob, here(), "good evening");
      expect(await deployedBundle()).toBe(before);
      expect(await readFile(join(directory, "bob/state/plant.age"), "utf8")).toBe(committed);
      expect((await bob.edgectl("state", "show")).code).toBe(0);
    });

    it("04 Bob takes it down, and leaves nothing behind", async () => {
      expect(await bob.edgectl(...stack("down"))).toEqual(ok);
      const left = await kubectlOk(["get", "namespaces,clusterroles,clusterrolebindings", "-o", "name"]);
      expect(left).toContain("clusterrole.rbac.authorization.k8s.io/cluster-admin");
      expect(left).not.toContain(namespace);
    });
  },
);
