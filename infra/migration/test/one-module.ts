/** A deployment manifest with one module, which is as given. */
export const ofModule = (module: object, name = "sensor", more: object = {}) => {
  const $edgeAgent = {
    "properties.desired": { schemaVersion: "1.1", modules: { [name]: { type: "docker", ...module } } },
  };
  return { file: "deployment.json", text: JSON.stringify({ modulesContent: { $edgeAgent, ...more } }) };
};
