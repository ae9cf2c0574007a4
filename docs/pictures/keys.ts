import { defaults } from "../../infra/installation/defaults.ts";
import { tokenAudience } from "../../runtime/contract/audience.ts";
import { objectNames } from "../../runtime/contract/names.ts";
import type { Picture } from "./drawing.ts";

const audience = tokenAudience({ namespace: "{namespace}", name: "{name}" });
const { trust, iotedged } = defaults;

/** Which keys, certificates and tokens there are, where each lies, and which is made of which. */
export const keys: Picture = {
  width: 1000,
  height: 690,
  title: "Keys, certificates and tokens of an installation",
  description: [
    "The root CA's key is in the stack's state only. It signs the workload CA, whose key iotedged has in a Secret. The workload CA",
    "signs iotedged's serving certificate and the modules' identity and server certificates. Proxies and modules trust the root by",
    "the trust bundle, a ConfigMap. Of the identity key iotedged derives a signing key and an encryption key for each module. Tokens",
    "come from the kubelet: modules and EdgeAgent have one for iotedged, EdgeAgent and iotedged one for the API server.",
  ].join(" "),
  boundaries: [
    { x: 16, y: 16, width: 240, height: 370, title: "the stack's state" },
    { x: 290, y: 16, width: 300, height: 370, title: "namespace: Secrets and ConfigMaps" },
    { x: 624, y: 16, width: 360, height: 370, title: "pods" },
    {
      x: 16,
      y: 410,
      width: 968,
      height: 264,
      title: "tokens: made by the kubelet for one pod, good for one audience, an hour at most",
    },
  ],
  boxes: [
    {
      x: 32,
      y: 46,
      width: 208,
      height: 98,
      title: "root CA",
      kind: "secret",
      lines: [`${trust.rootDays} days; its key is nowhere else`, "the workload CA's key lies here, too"],
    },
    {
      x: 32,
      y: 286,
      width: 208,
      height: 84,
      title: "identity key",
      kind: "secret",
      lines: ["the only other copy of it"],
    },
    {
      x: 306,
      y: 46,
      width: 268,
      height: 68,
      title: objectNames.workloadCa,
      kind: "secret",
      lines: [`key of the workload CA; ${trust.workloadCaDays} days`],
    },
    {
      x: 306,
      y: 166,
      width: 268,
      height: 84,
      title: "trust bundle",
      lines: [objectNames.trustBundle, "certificates of roots: no secret"],
    },
    {
      x: 306,
      y: 286,
      width: 268,
      height: 84,
      title: objectNames.identity,
      kind: "secret",
      lines: ["mounted by iotedged alone"],
    },
    {
      x: 640,
      y: 46,
      width: 328,
      height: 98,
      title: "certificates",
      lines: [
        `iotedged's own: ${iotedged.servingCertificateDays} days`,
        "a module's identity: 2 hours",
        `a module's server: ${iotedged.moduleCertificateMaxDays} days at most`,
      ],
    },
    {
      x: 640,
      y: 166,
      width: 328,
      height: 84,
      title: "who believes them",
      lines: ["proxies check iotedged by the bundle; modules get it by GET trust-bundle"],
    },
    {
      x: 640,
      y: 286,
      width: 328,
      height: 84,
      title: "modules' keys, in iotedged's memory",
      kind: "secret",
      lines: ["a signing key and an encryption key; iotedged signs and decrypts, and gives no key away"],
    },
    {
      x: 32,
      y: 444,
      width: 448,
      height: 96,
      title: "a module's pod, in its proxy",
      lines: [
        `audience ${audience}`,
        "iotedged lets it call the workload API as this module; the API server and other installations refuse it",
      ],
    },
    {
      x: 32,
      y: 560,
      width: 448,
      height: 96,
      title: "EdgeAgent, for iotedged",
      lines: [`audience ${audience}`, "good for the management API"],
    },
    {
      x: 520,
      y: 444,
      width: 448,
      height: 96,
      title: "EdgeAgent, for the API server",
      kind: "secret",
      lines: [
        "the API server's audience, with Role edgeagent",
        "admission policies keep it to modules: see Permissions",
      ],
    },
    {
      x: 520,
      y: 560,
      width: 448,
      height: 96,
      title: "iotedged, for the API server",
      kind: "secret",
      lines: [
        "the API server's audience, with Role iotedged and TokenReview",
        "worth the installation: it writes Deployment edgeagent",
      ],
    },
  ],
  arrows: [
    {
      points: [
        [240, 80],
        [304, 80],
      ],
      number: 1,
    },
    {
      points: [
        [180, 144],
        [180, 208],
        [304, 208],
      ],
      number: 2,
    },
    {
      points: [
        [574, 80],
        [638, 80],
      ],
      number: 3,
    },
    {
      points: [
        [574, 208],
        [638, 208],
      ],
      number: 4,
    },
    {
      points: [
        [240, 328],
        [304, 328],
      ],
      number: 5,
    },
    {
      points: [
        [574, 328],
        [638, 328],
      ],
      number: 6,
    },
  ],
};
