import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.azure.sdk.iot.device.ClientOptions;
import com.microsoft.azure.sdk.iot.device.DeviceClient;
import com.microsoft.azure.sdk.iot.device.InternalClient;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.ModuleClient;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A device or module on the unmodified SDK of Maven. Calls by lines of JSON on standard input, outcomes and events on standard output. */
public final class DeviceClientJudge {
  private static final Gson gson = new GsonBuilder().serializeNulls().create();
  private InternalClient client;

  public static void main(String[] arguments) throws Exception {
    DeviceClientJudge judge = new DeviceClientJudge();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonObject call = JsonParser.parseString(line).getAsJsonObject();
      JsonObject answer = new JsonObject();
      answer.add("id", call.get("id"));
      try {
        answer.add("result", gson.toJsonTree(judge.call(call.get("name").getAsString(), call.getAsJsonArray("args"))));
      } catch (Exception problem) {
        JsonObject error = new JsonObject();
        error.addProperty("name", problem.getClass().getSimpleName());
        error.addProperty("message", String.valueOf(problem.getMessage()));
        answer.add("error", error);
      }
      print(answer);
    }
    // The SDK keeps threads that nothing can end.
    System.exit(0);
  }

  private Object call(String name, JsonArray args) throws Exception {
    switch (name) {
      case "open":
        open(args.get(0).getAsString(), args.size() > 1 ? args.get(1).getAsJsonObject() : new JsonObject());
        return null;
      case "get-twin":
        return client.getTwin().toJsonElement().getAsJsonObject().get("properties");
      case "on-desired":
        client.subscribeToDesiredProperties(
            (twin, context) -> say("desired", "patch", twin.getDesiredProperties().toJsonElement()), null);
        return null;
      case "report":
        report(new TwinCollection(gson.fromJson(args.get(0), Map.class)));
        return null;
      case "on-method":
        Object payload = gson.fromJson(args.get(1), Object.class);
        int status = args.get(0).getAsInt();
        client.subscribeToMethods((method, sent, context) -> {
          say("method", "payload", sent.getPayloadAsJsonElement());
          return new DirectMethodResponse(status, payload);
        }, null);
        return null;
      case "send":
        send(args);
        return null;
      default:
        throw new IllegalArgumentException(name);
    }
  }

  private void open(String connectionString, JsonObject options) throws Exception {
    IotHubClientProtocol protocol =
        options.has("websockets") ? IotHubClientProtocol.MQTT_WS : IotHubClientProtocol.MQTT;
    ClientOptions.ClientOptionsBuilder chosen = ClientOptions.builder();
    if (options.has("tokenSeconds")) chosen.sasTokenExpiryTime(options.get("tokenSeconds").getAsLong());
    client = connectionString.contains("ModuleId=")
        ? new ModuleClient(connectionString, protocol, chosen.build())
        : new DeviceClient(connectionString, protocol, chosen.build());
    client.setConnectionStatusChangeCallback(
        (change) -> say("status", "status", gson.toJsonTree(change.getNewStatus().name())), null);
    client.open(!options.has("once"));
  }

  /** The SDK misses an answer that comes before it has noted its question, which a hub beside it makes likely. */
  private void report(TwinCollection properties) throws Exception {
    for (int attempt = 1; ; attempt++)
      try {
        client.updateReportedProperties(properties, 5_000);
        return;
      } catch (IotHubClientException problem) {
        if (attempt == 3) throw problem;
      }
  }

  private void send(JsonArray args) throws Exception {
    Message message = new Message(args.get(0).getAsString());
    message.setContentType("application/json");
    message.setContentEncoding("utf-8");
    for (Map.Entry<String, JsonElement> property : args.get(1).getAsJsonObject().entrySet())
      message.setProperty(property.getKey(), property.getValue().getAsString());
    if (args.size() > 2) ((ModuleClient) client).sendEvent(message, args.get(2).getAsString());
    else client.sendEvent(message);
  }

  private static void say(String event, String key, JsonElement value) {
    JsonObject line = new JsonObject();
    line.addProperty("event", event);
    line.add(key, value);
    print(line);
  }

  private static synchronized void print(JsonObject line) {
    System.out.println(gson.toJson(line));
    System.out.flush();
  }
}
