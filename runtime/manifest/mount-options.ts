import { fixed, say } from "./message.ts";
import { isEmpty, ObjectReader } from "./object-reader.ts";
import { type Problems, plainText, shown } from "./problems.ts";

const message = "has no counterpart in Kubernetes and no effect";
const remedy = "Leave it out, or expect the module to run without it.";
/** Mounts below are seen on neither side, as in a pod. */
const plainPropagations = ["", "private", "rprivate"];
/** Docker's own: a folder of its host. */
const plainDrivers = ["", "local"];
/** Anybody's, as a volume in memory is. */
const plainModes = [0, 0o777, 0o1777];

/** Reads what an entry of `Mounts` says beside what is mounted where, and warns of what a pod's volumes have not. */
export function readMountOptions(mount: ObjectReader, source: string, problems: Problems): void {
  // How often a Mac looks at its files.
  mount.take("Consistency");
  const volume = mount.object("VolumeOptions");
  volume?.take("NoCopy");
  warnOfDriver(volume, source, problems);
  const bind = mount.object("BindOptions");
  const propagation = bind?.take("Propagation");
  if (propagation !== undefined && !plainPropagations.includes(plainText(propagation.value))) {
    problems.ignore(propagation.path, say`${shown(propagation.value)} ${fixed(message)}`, remedy);
  }
  const tmpfs = mount.object("TmpfsOptions");
  tmpfs?.take("SizeBytes");
  const mode = tmpfs?.take("Mode");
  if (mode !== undefined && !plainModes.includes(Number(mode.value))) problems.ignore(mode.path, message, remedy);
  for (const options of [volume, bind, tmpfs]) options?.warnOfUnsupported(message, remedy);
  for (const key of ["ImageOptions", "ClusterOptions"]) {
    const field = mount.take(key);
    if (field !== undefined && !isEmpty(field.value)) problems.ignore(field.path, message, remedy);
  }
}

/** Docker makes the volume by its driver, such as a share of NFS; a claim's volume is made by its class. */
function warnOfDriver(volume: ObjectReader | undefined, source: string, problems: Problems): void {
  const field = volume?.take("DriverConfig");
  const driver = field && ObjectReader.open(field, problems, { ignoreCase: true });
  if (field === undefined || driver === undefined) return;
  const name = plainText(driver.take("Name")?.value ?? "");
  const options = driver.take("Options");
  if (plainDrivers.includes(name) && (options === undefined || isEmpty(options.value))) return;
  problems.ignore(
    field.path,
    "has no effect: what is mounted is a PersistentVolumeClaim, and an empty one where nobody has made it",
    say`Make a PersistentVolume of what Docker would mount, and the claim ${shown(source)} for it.`,
  );
}
