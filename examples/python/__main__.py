"""An IoT Edge installation, declared in Python."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
from pulumi_iotedge import EdgeAgentArgsArgs, EdgeInstallation, ImagesArgsArgs, ModulePolicyArgsArgs, TokenReview

registry = "registry.example.com/iotedge"
cluster = k8s.Provider(
    "cluster", context="factory-3", enable_secret_mutable=True, enable_config_map_mutable=True
)
line = EdgeInstallation(
    "line-1",
    namespace="line-1",
    create_namespace=True,
    token_review=TokenReview.MINIMAL,
    images=ImagesArgsArgs(
        iotedged=f"{registry}/iotedged:1",
        edge_agent=f"{registry}/edge-agent:1",
        proxy=f"{registry}/proxy:1",
    ),
    edge_agent=EdgeAgentArgsArgs(policy=ModulePolicyArgsArgs(host_network=True)),
    deployment=Path("deployment.json").read_text(),
    opts=pulumi.ResourceOptions(providers={"kubernetes": cluster}),
)
pulumi.export("workloadUri", line.workload_uri)
