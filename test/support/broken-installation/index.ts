export { makeCa, makeCaWithKey } from "./ca.ts";
export {
  changeSettings,
  core,
  day,
  type Ground,
  heldLease,
  rbac,
  remove,
  removeIfThere,
  type Situation,
  upAgain,
} from "./ground.ts";
export { situations } from "./situations.ts";
