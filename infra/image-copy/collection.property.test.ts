import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EdgeError } from "#base";
import { nameImage, parseNamedImage, placeImages } from "./collection.ts";
import { formatReference, parseReference, parseRegistry } from "./reference.ts";

const digest = `sha256:${"a".repeat(64)}`;
const part = fc.stringMatching(/^[a-z0-9]{1,5}$/);
const reference = fc
  .record({
    host: fc.constantFrom("r.example.com", "r.example.com:5000", "localhost"),
    path: fc.array(part, { minLength: 1, maxLength: 3 }),
  })
  .map(({ host, path }) => `${host}/${path.join("/")}:1`);

describe("references", () => {
  it.each([
    ["nginx", `docker.io/library/nginx:latest`],
    ["nginxinc/nginx-unprivileged:1.29", "docker.io/nginxinc/nginx-unprivileged:1.29"],
    ["localhost/e/x:1", "localhost/e/x:1"],
    ["r:5000/x", "r:5000/x:latest"],
    [`r.example.com/x:1@${digest}`, `r.example.com/x@${digest}`],
  ])("%s is %s", (written, expected) => {
    expect(formatReference(parseReference(written))).toBe(expected);
  });

  it("are understood or refused with a code, whatever is written; none can be taken for an option", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), reference), (text) => {
        try {
          const { key, reference: found } = parseNamedImage(`modules.x=${text}`);
          expect(key).toBe("modules.x");
          expect(formatReference(found)).toMatch(/^[A-Za-z0-9][\w.:/@-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(EdgeError);
        }
      }),
    );
  });
});

describe("registries", () => {
  it.each(["r.example.com", "r.example.com:5000/iotedge", "localhost:5000/a/b-c", "[::1]:5000/x"])(
    "%s is one",
    (text) => {
      expect(parseRegistry(`${text}/`)).toBe(text);
    },
  );

  it.each([
    "https://robot:s3cret@r.example.com/x",
    "robot:s3cret@r.example.com/x",
    "robot:s3cr@et@r.example.com",
    "robot:s3\ncret@r.example.com",
    "r.example.com/x:1",
    "r.example.com/../x",
    "--help",
    "",
  ])("%j is none, and no password in it is said", (text) => {
    const refused = (parse: () => unknown) => {
      try {
        return String(parse());
      } catch (error) {
        return String(error);
      }
    };
    expect(refused(() => parseRegistry(text))).toMatch(/ is no registry$/);
    const said = [
      refused(() => parseRegistry(text)),
      refused(() => parseReference(`${text}/Y`)),
      refused(() => parseNamedImage(`modules.x=${text}/Y`)),
      refused(() => parseNamedImage(`x=${text}/Y`)),
    ];
    expect(said.join()).not.toMatch(/s3|cret|et@/);
  });
});

describe("places in another registry", () => {
  it("are as many as there are repositories, and none leads out of the registry's path", () => {
    fc.assert(
      fc.property(fc.uniqueArray(reference, { minLength: 1, maxLength: 8 }), (references) => {
        const images = references.map((one, index) => nameImage(`modules.m${index}`, one));
        const placed = placeImages(images, "none");
        const repositories = new Set(images.map(({ reference: { host, path } }) => `${host}/${path}`));
        expect(new Set(placed.map(({ place }) => place)).size).toBe(repositories.size);
        for (const { place } of placed) expect(place).toMatch(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/);
      }),
    );
  });
});
