import { generateKeyPairSync } from "node:crypto";
import { zipSync } from "fflate";
import { expect, it } from "vitest";
import { leaksOf, tracesOf } from "./secret-traces.ts";

const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "pem", type: "pkcs8" });
const key = Buffer.from(pem);
const [, firstLine = ""] = String(pem).split("\n");
const traces = new Map([
  ["identity.key", tracesOf(key)],
  ["password", tracesOf(Buffer.from("hunter2-hunter2"))],
]);
const archive = (text: string) => zipSync({ "objects/x.json": Buffer.from(`{"a":"${text}"}`) });

it.each([
  ["a line of a key", firstLine],
  ["a key in base64", key.toString("base64")],
  ["a key's bytes in hex", Buffer.from(String(pem).replace(/-----[^-]+-----|\n/g, ""), "base64").toString("hex")],
])("finds %s", (_, text) => {
  expect(leaksOf(archive(text), traces)).toEqual(["objects/x.json: identity.key"]);
});

it("finds a password, a token, and a key that it does not know", () => {
  expect(leaksOf(archive("hunter2-hunter2"), traces)).toEqual(["objects/x.json: password"]);
  expect(leaksOf(archive("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"), traces)).toHaveLength(1);
  expect(leaksOf(archive("-----BEGIN EC PRIVATE KEY-----"), traces)).toHaveLength(1);
});

it("finds nothing where there is nothing", () => {
  expect(leaksOf(archive("-----BEGIN CERTIFICATE----- hunter2 [redacted]"), traces)).toEqual([]);
});

it("finds a line of a key in OpenSSH's form", () => {
  const openssh =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n";
  const found = leaksOf(archive("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"), new Map([["ssh", tracesOf(Buffer.from(openssh))]]));
  expect(found).toEqual(["objects/x.json: ssh"]);
});
