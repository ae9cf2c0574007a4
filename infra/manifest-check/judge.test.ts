import { Check } from "typebox/value";
import { describe, expect, it } from "vitest";
import { defaultModuleSettings } from "#contract";
import { formatCheck } from "./format.ts";
import { judgeManifest } from "./judge.ts";
import { ManifestCheckSchema } from "./judgement.ts";

const manifest = (createOptions: object, image = "r/web:1") =>
  JSON.stringify(
    {
      modulesContent: {
        $edgeAgent: {
          "properties.desired": {
            schemaVersion: "1.1",
            modules: { web: { type: "docker", settings: { image, createOptions } } },
          },
        },
      },
    },
    undefined,
    2,
  );
const judge = (createOptions: object, image?: string) =>
  judgeManifest(manifest(createOptions, image), defaultModuleSettings, "line-1");

describe("judgeManifest", () => {
  it("accepts, and passes on what is warned of, with its place", () => {
    const judgement = judge({}, "r/web:latest");
    expect(judgement).toMatchObject({ accepted: true, policy: {} });
    expect(judgement.findings).toEqual([
      expect.objectContaining({ severity: "warning", path: "modules.web.settings.image", line: 10, column: 24 }),
    ]);
  });

  it("says what the installation would have to allow, as its file writes it", () => {
    const judgement = judge({ User: "root", HostConfig: { CapAdd: ["NET_ADMIN"], Binds: ["/srv:/srv"] } });
    expect(judgement).toMatchObject({
      accepted: false,
      acceptedWithPolicy: true,
      policy: { root: true, capabilities: ["NET_ADMIN"], hostPaths: [{ pathPrefix: "/srv", readOnly: false }] },
    });
    expect(judgement.findings.map(({ needs }) => needs).sort()).toEqual(["capabilities", "hostPaths", "root"]);
  });

  it.each([
    ["restricted", {}],
    ["hub", { User: "root" }],
    ["docker-like", { User: "root", HostConfig: { CapAdd: ["NET_ADMIN"], Binds: ["/srv:/srv"] } }],
    [undefined, { HostConfig: { UTSMode: "host" } }],
  ])("names the narrowest profile: %s", (profile, createOptions) => {
    const judgement = judge(createOptions);
    expect(judgement.profile).toBe(profile);
    const text = formatCheck({ file: "f", judgements: [judgement] });
    expect(text.includes(`policy: {"profile":"${profile}"}`)).toBe(profile !== undefined && profile !== "restricted");
  });

  it("tells what no policy can allow from what one can", () => {
    const judgement = judge({ User: "root", HostConfig: { UTSMode: "host" } });
    expect(judgement).toMatchObject({
      accepted: false,
      acceptedWithPolicy: false,
      policy: { root: true },
      profile: "hub",
    });
    const text = formatCheck({ file: "f", judgements: [judgement] });
    expect(text).toContain(
      'Beside what is to correct, the installation needs:\n  edgeAgent:\n    policy: {"root":true}\nor the narrowest profile',
    );
  });

  it("is reported by its schema, and in a text in which nothing of the manifest acts on a terminal", () => {
    const result = { file: "deployment.json", judgements: [judge({ User: "\u001b[2Jx\u202e" })] };
    expect(Check(ManifestCheckSchema, result)).toBe(true);
    const text = formatCheck(result);
    expect(text).toContain("deployment.json: refused by line-1, 1 error, 0 warnings");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
  });
});
