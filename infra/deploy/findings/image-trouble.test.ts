import { describe, expect, it } from "vitest";
import { imageTrouble, registryOf } from "./image-trouble.ts";

describe("imageTrouble", () => {
  it.each([
    [
      "m.example.com/404/forbidden:1.0.503",
      'Back-off pulling image "m.example.com/404/forbidden:1.0.503": failed to do request: Head "https://m.example.com/v2/404/forbidden/manifests/1.0.503": dial tcp: connect: connection refused',
      "image-pull",
    ],
    [
      "m.example.com/not:404",
      "failed to resolve reference m.example.com/not:404: lookup m.example.com: no such host",
      "image-pull",
    ],
    [
      "m.example.com/x:1",
      "failed to resolve reference: unexpected status from HEAD request: 503 Service Unavailable",
      "image-pull",
    ],
    ["m.example.com/x:1", "pull rate limit: 429 Too Many Requests, unauthorized", "image-pull"],
    [
      "m.example.com/x:1",
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      "registry-untrusted",
    ],
    ["m.example.com/x:1", "tls: failed to verify certificate: x509: certificate has expired", "image-pull"],
    ["m.example.com/x:1", "no match for platform in manifest: not found", "image-platform"],
    ["m.example.com/x:1", "lookup m.example.com: no such host", "image-pull"],
    ["m.example.com/x:1", "context deadline exceeded", "image-pull"],
    ["nginx:nosuch", "docker.io/library/nginx:nosuch: not found", "image-not-found"],
  ])("%s: %s is %s", (image, message, cause) => {
    expect(imageTrouble("ImagePullBackOff", message, image)).toBe(cause);
  });

  it("is no cause of what does not wait for an image", () => {
    expect(imageTrouble("CreateContainerConfigError", "not found", "x")).toBeUndefined();
  });
});

it.each([
  ["nginx", "docker.io"],
  ["library/nginx:1", "docker.io"],
  ["localhost/x", "localhost"],
  ["127.0.0.1:5000/x:1", "127.0.0.1:5000"],
  ["registry.example.com/a/b@sha256:00", "registry.example.com"],
])("the registry of %s is %s", (image, registry) => expect(registryOf(image)).toBe(registry));
