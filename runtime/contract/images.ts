import Type, { type Static } from "typebox";

const reference = (what: string) =>
  Type.String({ minLength: 1, maxLength: 512, pattern: "^[^\\s]+$", description: `Image reference of ${what}.` });

/** Where `edgectl images build` writes, and where the program looks unless told otherwise; relative to Pulumi.yaml. */
export const defaultImagesFile = ".edge/images.json";

/**
 * Image references of the runtime, and of modules that a deployment template names as `${MODULES.<key>}`. Written by
 * `edgectl images build` and `edgectl images push`, read by the Pulumi program.
 */
export const ImagesSchema = Type.Object(
  {
    iotedged: reference("iotedged"),
    edgeAgent: reference("EdgeAgent"),
    proxy: reference("the proxy sidecar"),
    modules: Type.Optional(Type.Record(Type.String(), reference("a module"))),
  },
  { additionalProperties: false },
);
export type Images = Static<typeof ImagesSchema>;
