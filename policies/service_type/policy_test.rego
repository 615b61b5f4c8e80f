package rules.service_type_test

import data.rules.service_type

_service(spec) := {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one"}, "spec": spec}

test_denies_outside_services if {
	every type in ["LoadBalancer", "NodePort", "ExternalName"] {
		count(service_type.deny) == 1 with input as _service({"type": type})
	}
}

test_denies_external_addresses if count(service_type.deny) == 1 with input as _service({"externalIPs": ["1.2.3.4"]})

test_allows_inside if count(service_type.deny) == 0 with input as _service({"type": "ClusterIP"})
