import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { assemble } from "../infra/manifest-check/assemble.ts";
import { formatCheck } from "../infra/manifest-check/format.ts";
import { judgeManifest } from "../infra/manifest-check/judge.ts";
import { defaultModuleSettings } from "../runtime/contract/module-settings.ts";

const page = readFileSync(new URL("deployment-manifest.md", import.meta.url), "utf8");

it("docs/deployment-manifest.md shows what the check says of its layer", () => {
  const [, layer = "", shown] =
    /\$ cat metrics\.json\n(.*?)\$ npx edgectl manifest check deployment\.json metrics\.json\n(.*?)```/s.exec(page) ??
    [];
  const sensor = { type: "docker", settings: { image: "registry.example.com/sensor:1.0" } };
  const desired = { schemaVersion: "1.1", modules: { sensor } };
  const base = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
  const parts = [base, JSON.parse(layer)].map((template) => ({ template, lookup: () => undefined }));
  const assembled = assemble(parts, {});
  const judgement = judgeManifest(
    JSON.stringify(assembled.document),
    defaultModuleSettings,
    "an installation with defaults",
    { parts: [{ text: JSON.stringify(base) }, { file: "metrics.json", text: layer }], assembled },
  );
  expect(shown).toBe(formatCheck({ file: "deployment.json", layers: ["metrics.json"], judgements: [judgement] }));
});
