import { describe, expect, it } from "vitest";
import { hasMovingTag, imageProblem } from "./image-reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("imageProblem", () => {
  it.each([
    "nginx",
    "library/nginx:1.29",
    "mcr.microsoft.com/azureiotedge-hub:1.5",
    "registry.example.com:5000/a/b_c/d-e.f:1.0-linux-arm64v8",
    "localhost/pulumi-iotedge/iotedged:e2f2ee256a89",
    "localhost:5000/x",
    "registry:5000/x:Latest",
    "REGISTRY.example.com/x",
    "[2001:db8::1]:5000/x",
    `registry.example.com/x@${digest}`,
    `registry.example.com/x:1.0@${digest}`,
  ])("lets %s be", (image) => expect(imageProblem(image)).toBeUndefined());

  it.each([
    ["registry.example.com/MyModule:1.0", "has capitals, which registries do not take"],
    ["$upstream:443/module:1.0", "is to come from the device above, which an installation does not have"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant as a placeholder
    ["${MODULE_IMAGE}", 'holds the placeholder "${MODULE_IMAGE}", which is not filled in'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant as a placeholder
    ["${MODULEDIR<../a>.arm64v8}", 'holds the placeholder "${MODULEDIR<../a>.arm64v8}", which is not filled in'],
    ["$REGISTRY/module:1.0", 'holds the placeholder "$REGISTRY", which is not filled in'],
    ["<your registry>/module:1.0", 'holds the placeholder "<your registry>", which is not filled in'],
    ["{{image}}", 'holds the placeholder "{{image}}", which is not filled in'],
    ["#MODULES.a#", 'holds the placeholder "#MODULES.a#", which is not filled in'],
    ["__MODULE_IMAGE", 'holds the placeholder "__MODULE_IMAGE", which is not filled in'],
    ["a b", "is not an image reference"],
    ["registry.example.com/", "is not an image reference"],
    ["registry.example.com/a//b", "is not an image reference"],
    ["registry.example.com/a:", "is not an image reference"],
    ["https://registry.example.com/a", "is not an image reference"],
    [`a@${digest}a:x`, "is not an image reference"],
    ["a/".repeat(400), "has more than 512 characters"],
  ])("of %s: %s", (image, problem) => expect(String(imageProblem(image))).toBe(String(problem)));
});

describe("hasMovingTag", () => {
  it.each([
    "nginx",
    "nginx:latest",
    "localhost:5000/x",
    "r/x:latest-arm64v8",
    "r/x:2019-latest",
    "r/x:main",
    "r/x:Stable",
  ])("in %s", (image) => expect(hasMovingTag(image)).toBe(true));
  it.each(["nginx:1", `nginx@${digest}`, "localhost:5000/x:1", "r/main:1", "r/x:1-main", "r/x:latestage"])(
    "not in %s",
    (image) => expect(hasMovingTag(image)).toBe(false),
  );
});
