import { describe, expect, it } from "vitest";
import { derivedKey } from "./provisioning/enrollment.ts";
import { createSasToken, judgeSasToken, parseSasToken } from "./sas-token.ts";

const key = Buffer.from("0123456789abcdef".repeat(2)).toString("base64");
const expiry = 1_893_456_000;
const now = (expiry - 60) * 1000;

/** Made by Microsoft's own code, but the third, which follows from the formula. */
const vectors = [
  {
    what: "a device's",
    segments: ["hub.test", "devices", "d1"],
    text: "sr=hub.test%2Fdevices%2Fd1&sig=ijjtxypCwEjiJYtANzrkEjMCmEVtk%2F3cH2s%2FK52Ku2o%3D&se=1893456000",
  },
  {
    what: "a module's, encoded twice",
    segments: ["hub.test", "devices", "d1", "modules", "$edgeAgent"],
    text: "sr=hub.test%2Fdevices%2Fd1%2Fmodules%2F%2524edgeAgent&sig=qsUXoU87vZFSYxxY5oka0%2FXrKhb6n0ZJ6Rw2eitPL64%3D&se=1893456000",
  },
  {
    what: "a module's, encoded once",
    segments: ["hub.test", "devices", "d1", "modules", "$edgeAgent"],
    text: "sr=hub.test%2Fdevices%2Fd1%2Fmodules%2F%24edgeAgent&sig=fFETjEBR%2Bna3PM4yjxFc169DiBYM96I%2FWZriXWxNmPw%3D&se=1893456000",
  },
];

describe("a SAS token", () => {
  it.each(vectors)("is accepted: $what", ({ segments, text }) => {
    const audience = { segments, keyName: undefined };
    const token = `SharedAccessSignature ${text}`;
    expect(judgeSasToken(token, audience, [key], now)).toMatchObject({ token: { expiry } });
    const shuffled = `SharedAccessSignature ${text.split("&").reverse().join("&")}`;
    expect(judgeSasToken(shuffled, audience, [key], now)).toMatchObject({ token: { expiry } });
    const anotherCase = { segments: segments.map((each) => each.toUpperCase()), keyName: undefined };
    expect(judgeSasToken(token, anotherCase, ["AAAA", key], now)).toMatchObject({ token: { expiry } });
  });

  it("is made as Microsoft's SDKs make it", () => {
    const made = createSasToken({ resource: "hub.test/devices/d1", key, expiry });
    expect(made).toBe(`SharedAccessSignature ${vectors[0]?.text}`);
  });

  it("of a member of a group is signed with a key that is derived", () => {
    const own = derivedKey(key, "line-1");
    expect(own).toBe("kxXls51tE6//0PqGn7YCQcUXnPbCkF1ksEpqpB1311A=");
    const resource = "0ne00000001/registrations/line-1";
    const token = createSasToken({ resource, key: own, expiry, keyName: "registration" });
    expect(parseSasToken(token)).toEqual({
      resource: "0ne00000001%2Fregistrations%2Fline-1",
      signature: "44AmJcK9PLbB3DNKprR4mv9kdrxN1GynE14db2sifbY%3D",
      expiry,
      keyName: "registration",
    });
  });

  const device = vectors[0]?.text ?? "";
  it.each([
    ["without its scheme", device, "malformed token"],
    ["with a field twice", `SharedAccessSignature ${device}&se=1`, "malformed token"],
    ["with an unknown field", `SharedAccessSignature ${device}&x=1`, "malformed token"],
    ["without an end", `SharedAccessSignature ${device.replace("&se=1893456000", "")}`, "malformed token"],
    [
      "with a date for its end",
      `SharedAccessSignature ${device.replace("1893456000", "2030-01-01")}`,
      "malformed token",
    ],
    ["with the name of a policy", `SharedAccessSignature ${device}&skn=service`, "name of the key"],
    ["of another device", `SharedAccessSignature ${device.replace("d1", "d2")}`, "audience"],
    ["of another hub", `SharedAccessSignature ${device.replace("hub.test", "hub2.test")}`, "audience"],
    ["of a module", `SharedAccessSignature ${vectors[2]?.text}`, "audience"],
    [
      "with another end than was signed",
      `SharedAccessSignature ${device.replace("1893456000", "1893456001")}`,
      "signature",
    ],
    ["signed with another key", createSasToken({ resource: "hub.test/devices/d1", key: "AAAA", expiry }), "signature"],
  ])("is refused %s", (_, text, refused) => {
    const audience = { segments: ["hub.test", "devices", "d1"], keyName: undefined };
    expect(judgeSasToken(text, audience, [key], now)).toEqual({ refused });
  });

  it("is refused from its end on", () => {
    const audience = { segments: ["hub.test", "devices", "d1"], keyName: undefined };
    const token = `SharedAccessSignature ${device}`;
    expect(judgeSasToken(token, audience, [key], expiry * 1000 - 1)).toMatchObject({ token: {} });
    expect(judgeSasToken(token, audience, [key], expiry * 1000)).toEqual({ refused: "expired" });
  });
});
