import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { formatCheck } from "../infra/manifest-check/format.ts";
import { judgeManifest } from "../infra/manifest-check/judge.ts";
import { defaultModuleSettings } from "../runtime/contract/module-settings.ts";
import { mergeLayers } from "../runtime/manifest/layers.ts";

const page = readFileSync(new URL("deployment-manifest.md", import.meta.url), "utf8");

it("docs/deployment-manifest.md shows what the check says of its layer", () => {
  const [, layer = "", shown] =
    /\$ cat metrics\.json\n(.*?)\$ npx edgectl manifest check deployment\.json metrics\.json\n(.*?)```/s.exec(page) ??
    [];
  const sensor = { type: "docker", settings: { image: "registry.example.com/sensor:1.0" } };
  const desired = { schemaVersion: "1.1", modules: { sensor } };
  const base = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
  const layered = mergeLayers(base, [JSON.parse(layer)]);
  const judgement = judgeManifest(
    JSON.stringify(layered.document),
    defaultModuleSettings,
    "an installation with defaults",
    { parts: [{ text: JSON.stringify(base) }, { file: "metrics.json", text: layer }], layered },
  );
  expect(shown).toBe(formatCheck({ file: "deployment.json", layers: ["metrics.json"], judgements: [judgement] }));
});
