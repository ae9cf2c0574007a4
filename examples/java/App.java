// An IoT Edge installation, declared in Java.
package plant;

import com.pulumi.Pulumi;
import com.pulumi.iotedge.EdgeInstallation;
import com.pulumi.iotedge.EdgeInstallationArgs;
import com.pulumi.iotedge.enums.TokenReview;
import com.pulumi.iotedge.inputs.EdgeAgentArgsArgs;
import com.pulumi.iotedge.inputs.ImagesArgsArgs;
import com.pulumi.iotedge.inputs.ModulePolicyArgsArgs;
import com.pulumi.kubernetes.Provider;
import com.pulumi.kubernetes.ProviderArgs;
import com.pulumi.resources.ComponentResourceOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

public class App {
    private static final String REGISTRY = "registry.example.com/iotedge";

    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var cluster = new Provider("cluster", ProviderArgs.builder()
                .context("factory-3")
                .enableSecretMutable(true)
                .enableConfigMapMutable(true)
                .build());
            var line = new EdgeInstallation("line-1", EdgeInstallationArgs.builder()
                .namespace("line-1")
                .createNamespace(true)
                .tokenReview(TokenReview.Minimal)
                .images(ImagesArgsArgs.builder()
                    .iotedged(REGISTRY + "/iotedged:1")
                    .edgeAgent(REGISTRY + "/edge-agent:1")
                    .proxy(REGISTRY + "/proxy:1")
                    .build())
                .edgeAgent(EdgeAgentArgsArgs.builder()
                    .policy(ModulePolicyArgsArgs.builder().hostNetwork(true).build())
                    .build())
                .deployment(read("deployment.json"))
                .build(), ComponentResourceOptions.builder().providers(cluster).build());
            ctx.export("workloadUri", line.workloadUri());
        });
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
