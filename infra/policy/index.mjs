// The policy pack: `pulumi preview --policy-pack infra/policy`. Plain JavaScript, as Pulumi compiles a pack's TypeScript
// by itself and with a compiler that does not know this project's imports; what is imported from here Node takes as is.
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

new PolicyPack("iotedge", { policies: [...policies], enforcementLevel: "mandatory" });
