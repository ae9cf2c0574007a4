import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commitImages, type ImagePlan } from "./build-images.ts";
import { openImageCache } from "./cache.ts";
import type { Toolbox } from "./command.ts";
import type { Entry } from "./content.ts";

/** A toolbox whose buildah writes an archive on commit. `ran` has its commands without the storage's options. */
function fakeToolbox(options: { readonly overlay: boolean } = { overlay: true }) {
  const ran: string[][] = [];
  const toolbox: Toolbox = {
    say: () => {},
    async run(_program, args) {
      if (args.includes("info") && !options.overlay) throw new Error("overlay is not supported");
      const command = args.slice(6);
      ran.push(command);
      if (command[0] === "from") return "container\n";
      const archive = /^docker-archive:(.*?):/.exec(command.at(-1) ?? "")?.[1];
      if (command[0] === "commit" && archive !== undefined) writeFileSync(archive, "archive");
      return "";
    },
  };
  return { toolbox, ran };
}

const file = (path: string, text: string): Entry => ({ path, mode: 0o644, bytes: Buffer.from(text) });
const plan = (
  name: ImagePlan["definition"]["name"],
  own: string,
  base: readonly Entry[] = [],
  budgetBytes = 100,
): ImagePlan => ({
  definition: { name, budgetBytes, config: { entrypoint: ["/x"], environment: { A: "1" }, labels: { l: "1" } } },
  content: { base, own: [file("/own", own)] },
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "build-images-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("commitImages", () => {
  it("builds from scratch, as the unprivileged user, under a reference that stands for the content", async () => {
    const { toolbox, ran } = fakeToolbox();
    const [image] = await commitImages({ toolbox, cache: openImageCache(directory) }, [plan("proxy", "abc")]);
    expect(image).toMatchObject({ name: "proxy", unpackedBytes: 3, budgetBytes: 100, cached: false });
    expect(image?.reference).toMatch(/^localhost\/pulumi-iotedge\/proxy:[0-9a-f]{12}$/);
    expect(existsSync(image?.archive ?? "")).toBe(true);
    expect(ran).toContainEqual(["from", "--pull-never", "scratch"]);
    expect(ran.find(([command]) => command === "config")?.join(" ")).toContain(
      '--user 1000:1000 --entrypoint ["/x"] --env A=1',
    );
    expect(readdirSync(directory)).toEqual(["archives"]);
  });

  it("takes an image of the same content from the cache", async () => {
    const { toolbox, ran } = fakeToolbox();
    const context = { toolbox, cache: openImageCache(directory) };
    const [first] = await commitImages(context, [plan("proxy", "abc")]);
    ran.length = 0;
    expect(await commitImages(context, [plan("proxy", "abc")])).toEqual([{ ...first, cached: true }]);
    expect(ran).toEqual([]);
    const [changed] = await commitImages(context, [plan("proxy", "abd")]);
    expect(changed?.reference).not.toBe(first?.reference);
  });

  it("makes a layer that images share once", async () => {
    const { toolbox, ran } = fakeToolbox();
    const base = [file("/base", "b")];
    await commitImages({ toolbox, cache: openImageCache(directory) }, [
      plan("iotedged", "1", base),
      plan("sample", "2", base),
    ]);
    const froms = ran.filter(([command]) => command === "from").map((command) => command.at(-1));
    const shared = expect.stringMatching(/^localhost\/pulumi-iotedge\/base:/);
    expect(froms).toEqual(["scratch", shared, shared]);
  });

  it("refuses an image above its budget, before it is built", async () => {
    const { toolbox, ran } = fakeToolbox();
    const building = commitImages({ toolbox, cache: openImageCache(directory) }, [plan("proxy", "four", [], 3)]);
    await expect(building).rejects.toMatchObject({ code: "EDGE_IMAGES_BUDGET" });
    expect(ran).toEqual([]);
  });

  it("leaves no half-made archive behind when it fails", async () => {
    const { toolbox } = fakeToolbox();
    const failing: Toolbox = {
      ...toolbox,
      run: async (program, args, options) => {
        const output = await toolbox.run(program, args, options);
        if (args.includes("commit")) throw new Error("no space");
        return output;
      },
    };
    const building = commitImages({ toolbox: failing, cache: openImageCache(directory) }, [plan("proxy", "abc")]);
    await expect(building).rejects.toThrow("no space");
    expect(readdirSync(join(directory, "archives"))).toEqual([]);
    expect(readdirSync(directory)).toEqual(["archives"]);
  });

  it("falls back to vfs where overlay does not work", async () => {
    const { toolbox } = fakeToolbox({ overlay: false });
    const drivers: (string | undefined)[] = [];
    const watching: Toolbox = {
      ...toolbox,
      run: (program, args, options) => {
        drivers.push(args[5]);
        return toolbox.run(program, args, options);
      },
    };
    await commitImages({ toolbox: watching, cache: openImageCache(directory) }, [plan("proxy", "abc")]);
    expect(new Set(drivers.slice(1))).toEqual(new Set(["vfs"]));
  });

  it("keeps the three archives of an image that were used last", async () => {
    const { toolbox } = fakeToolbox();
    const context = { toolbox, cache: openImageCache(directory) };
    await commitImages(context, [plan("sample", "other")]);
    const archives: string[] = [];
    for (const [index, content] of ["1", "2", "3", "4"].entries()) {
      const [image] = await commitImages(context, [plan("proxy", content)]);
      archives.push(image?.archive ?? "");
      if (index < 3) utimesSync(image?.archive ?? "", index + 1, index + 1);
    }
    expect(archives.map((archive) => existsSync(archive))).toEqual([false, true, true, true]);
    expect(readdirSync(join(directory, "archives")).some((name) => name.startsWith("sample-"))).toBe(true);
  });
});
