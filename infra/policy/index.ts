/** The policy pack: `pulumi preview --policy-pack infra/policy`. */
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

new PolicyPack("iotedge", { policies: [...policies], enforcementLevel: "mandatory" });
