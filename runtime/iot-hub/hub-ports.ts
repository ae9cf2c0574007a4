/** Those of IoT Hub and of its provisioning service. MQTT over a WebSocket goes the way of HTTPS. */
export const hubPorts = { https: 443, mqtt: 8883 } as const;
