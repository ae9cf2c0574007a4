"""A service on the unmodified SDK of PyPI."""

from azure.iot.hub import IoTHubConfigurationManager, IoTHubRegistryManager
from azure.iot.hub.models import CloudToDeviceMethod, ConfigurationContent, Twin, TwinProperties
from line_protocol import serve

registry = None
configurations = None


def connect(connection_string):
    global registry, configurations
    registry = IoTHubRegistryManager.from_connection_string(connection_string)
    configurations = IoTHubConfigurationManager.from_connection_string(connection_string)


def plain(result):
    if isinstance(result, list):
        return [plain(each) for each in result]
    return result if result is None else result.serialize(keep_readonly=True)


def set_modules(device_id, content):
    configurations.apply_configuration_on_edge_device(device_id, ConfigurationContent(modules_content=content))


def change_desired(device_id, module_id, desired, etag=None, replace=False):
    twin = Twin(properties=TwinProperties(desired=desired))
    change = registry.replace_module_twin if replace else registry.update_module_twin
    return plain(change(device_id, module_id, twin, etag))


def invoke_method(device_id, module_id, method):
    result = registry.invoke_device_module_method(device_id, module_id, CloudToDeviceMethod(**method))
    return {"status": result.status, "payload": result.payload}


serve(
    {
        "connect": connect,
        # Of the registry, by its name.
        "registry": lambda method, *args: plain(getattr(registry, method)(*args)),
        "set-modules": set_modules,
        "change-desired": change_desired,
        "invoke-method": invoke_method,
    }
)
