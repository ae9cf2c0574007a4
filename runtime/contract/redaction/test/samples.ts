import { bodyOf, hubKey, jwt, letters, pemKey, storageKey, tokens } from "./tokens.ts";

/** A text as it may stand in a log, and what of it nobody may see. */
export interface Sample {
  readonly what: string;
  readonly text: string;
  readonly secrets: readonly string[];
}

const password = "hunter2-Correct";
const { github = "", gitlab = "", slack = "", aws = "", vault = "", openai = "" } = tokens;
const hexKey = letters(64, "hex");
const base64 = (text: string) => Buffer.from(text).toString("base64");
const url = encodeURIComponent;
const json = (value: unknown) => JSON.stringify(value);
const pem = pemKey();
const timed = (text: string) => text.replace(/^(?=.)/gm, "2026-03-01T11:00:00.123456789Z ");

function sample(what: string, text: string, ...secrets: readonly string[]): Sample {
  return { what, text, secrets };
}

const ofTokens: readonly Sample[] = [
  sample("JWT after %22", `body=%22${jwt}%22`, ...jwt.split(".")),
  sample("JWT after _", `token_${jwt}`, ...jwt.split(".")),
  sample("JWT after -", `session-${jwt}`, ...jwt.split(".")),
  sample("JWT after \\n in JSON", `{"message":"got\\n${jwt}"}`, ...jwt.split(".")),
  sample("JWT after \\u0022", `\\u0022${jwt}\\u0022`, ...jwt.split(".")),
  sample("JWT whose signature was cut off", jwt.slice(0, jwt.lastIndexOf(".")), jwt.split(".")[1] ?? ""),
  sample("GitHub token after a letter", `x${github}y`, github.slice(4)),
  sample("GitHub token after %22", `%22${github}%22`, github),
  sample("GitHub token that was cut", github.slice(0, 20), github.slice(4, 20)),
  sample("GitLab token between underlines", `_${gitlab}_`, gitlab),
  sample("Slack token in a list", `[${slack},other]`, slack),
  sample("AWS key id in an ARN", `arn_${aws}_x`, aws),
  sample("Vault token in a header", `X-Vault-Token: ${vault}`, vault),
  sample("OpenAI key in a call", `OpenAI("${openai}")`, openai),
  sample("bearer in lower case", `authorization: bearer ${letters(20)}`, letters(20)),
  sample("bearer in a URL", `header=Bearer%20${letters(20)}`, letters(20)),
  sample("Basic", `Authorization: Basic ${base64(`user:${password}`)}`, base64(`user:${password}`)),
  sample("Authorization in JSON", json({ headers: { Authorization: `Token ${letters(20)}` } }), letters(20)),
  sample("Authorization of no scheme", `Authorization: ${letters(20)}`, letters(20)),
  sample("Digest", `Authorization: Digest username="a", response="${hexKey}"`, hexKey),
  sample("Cookie", `Cookie: sid=${letters(12)}; theme=dark`, letters(12)),
  sample("Set-Cookie in JSON", json({ "set-cookie": [`sid=${letters(12)}; Path=/`] }), letters(12)),
  sample("bootstrap token", "kubeadm join --token abcdef.0123456789abcdef", "0123456789abcdef"),
  sample("DevOps token", `pat used: ${letters(52, "base32")}`, letters(52, "base32")),
  sample(
    "bcrypt",
    "user:$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV01234567890",
    "abcdefghijklmnopqrstuvABCDE",
  ),
  sample("Teams webhook", `POST https://x.webhook.office.com/webhookb2/${hexKey}`, hexKey),
];

const ofNames: readonly Sample[] = [
  sample("sharedAccessKey in JSON", json({ sharedAccessKey: hubKey }), hubKey),
  sample("password in JSON", json({ password }), password),
  sample("primaryKey in JSON", json({ primaryKey: hubKey }), hubKey),
  sample("secondaryKey as a short text", json({ authentication: { symmetricKey: { secondaryKey: "abc" } } }), "abc"),
  sample("password in JSON in JSON", json({ m: json({ password }) }), password),
  sample("password in JSON in JSON in JSON", json({ m: json({ m: json({ password }) }) }), password),
  sample(
    "password with quotes and blanks in JSON in JSON",
    json({ m: json({ password: 'open "se same" now' }) }),
    "se same",
    "now",
  ),
  sample("password in JSON in a URL", `?q=${url(json({ password }))}`, password),
  sample("password in JSON in a URL in a URL", `?q=${url(url(json({ password })))}`, password),
  sample("password in base64 of JSON", base64(json({ password })), base64(json({ password })).slice(4)),
  sample("password in base64 of a list", base64(json([{ password }])), base64(json([{ password }])).slice(6)),
  sample("DB_PASSWORD in base64", base64(`DB_PASSWORD=${password}`), base64(`DB_PASSWORD=${password}`).slice(8)),
  sample("DB_PASSWORD=", `DB_PASSWORD=${password}`, password),
  sample("DB_PASSWORD with quotes", `export DB_PASSWORD='${password} with blanks'`, password, "with blanks"),
  sample("Pwd=", `Server=db;Uid=app;Pwd=${password};Encrypt=true`, password),
  sample("Password= with ; in it", `Password=${password};abc,def`, password, "abc", "def"),
  sample("passwd:", `passwd: ${password}`, password),
  sample("password in YAML", `  mqtt:\n    password: "${password}"\n    user: x`, password),
  sample("passphrase", `passphrase := ${password}`, password),
  sample("password in a hash", `{:password=>"${password}"}`, password),
  sample("password in an index", `config["password"] = "${password}"`, password),
  sample("password in XML", `<password>${password}</password>`, password),
  sample("password in an attribute", `<add key="DbPassword" value="${password}"/>`, password),
  sample("name and value in JSON", json([{ name: "DB_PASSWORD", value: password }]), password),
  sample("password in HTML", `password=&quot;${password}&quot;`, password),
  sample("password with a number", `password2=${password}`, password),
  sample("password that was cut in its quotes", `{"password":"${password}`, password),
  sample("option", `mosquitto_sub --username x --password ${password} -t t`, password),
  sample("option in a list", json(["--db-password", password]), password),
  sample("option with =", `--client-secret=${password}`, password),
  sample("curl -u", `curl -u admin:${password} https://example.com`, password),
  sample("netrc", `machine example.com login a password ${password}`, password),
  sample("prose", `the password is ${password}`, password),
  sample("api key in a header", `x-api-key: ${letters(20)}`, letters(20)),
  sample("Ocp-Apim-Subscription-Key", `Ocp-Apim-Subscription-Key: ${letters(32, "hex")}`, letters(32, "hex")),
  sample("code in a URL", `GET /api/f?code=${storageKey.slice(0, 56)}&x=1`, storageKey.slice(0, 50)),
  sample("access_token in a URL", `GET /cb?access_token=${letters(12)}&state=1`, letters(12)),
  sample("hex of a key", `identityKey=${hexKey}`, hexKey),
  sample("a key of any name", `FOO_KEY=${letters(24)}`, letters(24)),
  sample(
    "value with an escaped =",
    `accountKey\\u003d${storageKey.replaceAll("=", "\\u003d")}`,
    storageKey.slice(0, 80),
  ),
];

const ofAzure: readonly Sample[] = [
  sample("connection string", `HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=${hubKey}`, hubKey),
  sample("connection string in JSON", json({ c: `HostName=h;SharedAccessKey=${hubKey}` }), hubKey),
  sample("storage account", `AccountName=a;AccountKey=${storageKey};EndpointSuffix=x`, storageKey),
  sample("SAS", `SharedAccessSignature sr=h&sig=${url(hubKey)}&se=1`, url(hubKey)),
  sample(
    "SAS in a URL in a URL",
    `url=https%3A%2F%2Fx%3Fsv%3D1%26sig%3D${url(url(hubKey))}%26se%3D1`,
    url(url(hubKey)),
  ),
  sample("a bare key of 256 bits", `using ${hubKey} from now on`, hubKey),
  sample("a bare key of 512 bits", `key is:${storageKey}`, storageKey),
  sample("client secret of Entra ID", `sent ${tokens["entra id"]} to login`, tokens["entra id"] ?? ""),
];

const ofUrls: readonly Sample[] = [
  sample("https", `cloning https://user:${password}@example.com/x.git`, password),
  sample("token as user", `https://${github}@github.com/a/b`, github),
  sample("redis without a user", `redis://:${password}@cache:6379/0`, password),
  sample("amqp with @ and / in it", "amqp://u:p@ss/w0rd!@mq:5672/", "p@ss", "w0rd!"),
  sample("postgres", `postgres://app:${password}@db/app?sslmode=off`, password),
  sample("escaped slashes", `"https:\\/\\/u:${password}@h"`, password),
  sample("in a URL", `next=${url(`https://u:${password}@h/x`)}`, password),
  sample("Go's MySQL", `app:${password}@tcp(db:3306)/app`, password),
];

const ofPem: readonly Sample[] = [
  sample("PEM", pem, ...bodyOf(pem)),
  sample("PEM with times", timed(pem), ...bodyOf(pem)),
  sample("PEM of OpenSSH", pemKey(4, "OPENSSH "), ...bodyOf(pem)),
  sample("PEM in JSON", json({ key: pem }), ...bodyOf(pem)),
  sample("PEM in JSON in JSON", json({ m: json({ key: pem }) }), ...bodyOf(pem)),
  sample(
    "PEM in JSON that was cut",
    json({ key: pem }).slice(0, 200),
    bodyOf(pem)[0] ?? "",
    bodyOf(pem)[1]?.slice(0, 40) ?? "",
  ),
  sample("PEM cut at its beginning", timed(pem.split("\n").slice(2).join("\n")), ...bodyOf(pem).slice(1)),
  sample("PEM of which the last line is left", timed(pem.split("\n").slice(5).join("\n")), ...bodyOf(pem).slice(4)),
  sample("PEM cut at its end", timed(pem.split("\n").slice(0, 3).join("\n")), ...bodyOf(pem).slice(0, 2)),
  sample("PEM cut at both ends", timed(pem.split("\n").slice(2, 4).join("\n")), ...bodyOf(pem).slice(1, 3)),
  sample("PEM behind a logger's words", pem.replace(/^(?=.)/gm, "INFO main "), ...bodyOf(pem)),
  sample("PEM with other lines between", pem.replaceAll("\n", "\nother thread speaks\n"), ...bodyOf(pem)),
  sample("PEM in base64", `data: ${base64(pem)}`, base64(pem).slice(20)),
  sample("PEM in a URL", `pem=${url(pem)}`, ...bodyOf(pem).slice(0, 4)),
];

/** What leaked from support bundles, and whatever is of its kind. */
export const samples: Readonly<Record<string, readonly Sample[]>> = { ofTokens, ofNames, ofAzure, ofUrls, ofPem };

/** Lines that tell something, and have nothing secret in them. */
export const harmless: readonly string[] = [
  '{"level":"info","time":"2026-03-01T11:00:00.000Z","component":"iotedged","moduleId":"sensor","message":"request served"}',
  'Failed to pull image "registry.example.com/edge/sensor@sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1"',
  'MountVolume.SetUp failed for volume "kube-api-access-x2x4q" : failed to sync configmap cache: timed out',
  'secret "registry-credentials" not found',
  "couldn't find key password in Secret edge-a/db",
  "references non-existent secret key: tls.key",
  "Bearer authentication required",
  "invalid token: signature mismatch",
  "token expired at 2026-03-01T11:00:00Z",
  'Readiness probe failed: Get "https://10.42.0.7:35002/ready": context deadline exceeded',
  "GET https://registry.npmjs.org/@scope/package 200",
  "http://10.0.0.1:8080/a@b",
  "pod/sensor-7d9f8b6c5d-x2x4q 6f1c1b52-6b0b-4f0e-9d8e-3f4f1f3d2c11 Running",
  "sensor.17a2b3c4d5e6f708 Normal Pulled",
  "at Object.readFileSync (/usr/src/app/node_modules/azure-iot-device/dist/lib/device_client.js:12:34)",
  "github.com/Azure/go-autorest/autorest/adal.(*ServicePrincipalToken).RefreshWithContext",
  "routingKey=orders partitionKey=device-17 sortKey: name",
  "imagePullSecrets: [registry-credentials] serviceAccountToken: {audience: x} secretName: our-ca",
  "automountServiceAccountToken: false",
  '"tokenFile":"/var/run/secrets/tokens/iotedge","caFile":"/etc/trust_bundle.pem"',
  'iotedge_token_reviews_total{outcome="authenticated"} 12',
  "exit code=137 signal=9 monkey=banana compass: north bypass=1",
  "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
  "user@example.com wrote to mailto:ops@example.com",
  "-----BEGIN CERTIFICATE-----",
];
