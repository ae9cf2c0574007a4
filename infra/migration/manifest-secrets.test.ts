import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { migrate } from "./migrate.ts";
import { ofModule } from "./test/one-module.ts";

const wanted = { stack: "line-1", namespace: "line-1", stackDirectory: "stacks" };

describe("what a manifest calls like a credential", () => {
  const settings = (createOptions: object) => ({ settings: { image: "r.example.com/s:1", createOptions } });
  it.each([
    ["after its option", ofModule(settings({ Cmd: ["--password", "given-555"] }))],
    ["with its option", ofModule(settings({ Entrypoint: ["/run", "--token=given-555"] }))],
    ["in a line of a shell", ofModule(settings({ Cmd: ["sh", "-c", "run --db-password given-555 -v"] }))],
    ["in a label", ofModule(settings({ Labels: { secret: "given-555", "com.example.password": "given-555" } }))],
    [
      "in createOptions as a text",
      ofModule({ settings: { createOptions: JSON.stringify(settings({ Cmd: ["--api-key", "given-555"] })) } }),
    ],
    ["as a number", ofModule({ env: { DB_PASSWORD: { value: 555_555 } } })],
    [
      "in a twin",
      ofModule({}, "sensor", {
        sensor: { "properties.desired": { password: "given-555", deep: [{ pin_token: 555_555 }] } },
      }),
    ],
    [
      "in a layer's key",
      ofModule({}, "sensor", {
        $edgeAgent: { "properties.desired.modules.sensor.env.DB_PASSWORD": { value: "given-555" } },
      }),
    ],
  ])("is not written: %s", (_, manifest) => {
    const { texts, findings } = migrate({ manifest }, wanted);
    expect([...texts.values()].join("")).not.toMatch(/given-555|555555/);
    expect(findings.map(({ id }) => id)).toContainEqual(expect.stringMatching(/^secret-(in-manifest|not-written)$/));
  });

  it("stays where it only says that there is one, or where", () => {
    const createOptions = {
      Cmd: [
        "--password-file",
        "/run/secrets/db",
        "--tls-key",
        "/certs/tls.key",
        "--use-token",
        "true",
        "--token",
        "-v",
      ],
      HostConfig: { Binds: ["/srv/secret:/run/secret"] },
    };
    const pod = { env: [{ name: "P", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }] };
    const module = { settings: { image: "r.example.com/s:1", createOptions }, pod };
    const hub = { "properties.desired": { routes: { token: "FROM /messages/* INTO $upstream" } } };
    const given = ofModule(module, "sensor", { $edgeHub: hub });
    const { texts } = migrate({ manifest: given }, wanted);
    expect(JSON.parse(texts.get("deployments/line-1.json") ?? "")).toEqual(JSON.parse(given.text));
  });
});

describe("a command that is to be run", () => {
  const fixOf = (module: string, variable: string) =>
    migrate({ manifest: ofModule({ env: { [variable]: { value: "v" } } }, module) }, wanted).findings.find(
      ({ id }) => id === "secret-not-written",
    )?.fix ?? "";

  it("names the Secret of a module, whatever the module is called, in words of the shell", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (module) => {
        const [, command = ""] = /: (kubectl .*)$/s.exec(fixOf(module, "A-1.PASSWORD")) ?? [];
        expect(command).toMatch(
          /^kubectl create secret generic [a-z0-9][a-z0-9-]{0,62} -n line-1 --from-literal=A-1\.PASSWORD=VALUE$/,
        );
      }),
    );
  });

  it.each([
    "X;touch /tmp/pwn;PASSWORD",
    "$(touch pwn)_TOKEN",
    "A B_PASSWORD",
    "..A_PASSWORD",
    `${"A".repeat(250)}_TOKEN`,
  ])("is none for what no Secret can have as a key: %s", (variable) => {
    const fix = fixOf("sensor", variable);
    expect(fix).toContain("No Secret can have a key of this name");
    expect(fix).not.toContain("kubectl");
  });
});
