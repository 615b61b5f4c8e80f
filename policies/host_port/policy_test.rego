package rules.host_port_test

import data.rules.host_port

_pod(port) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "one", "ports": [port]}]}}

test_denies_a_host_port if count(host_port.deny) == 1 with input as _pod({"containerPort": 80, "hostPort": 80})

test_allows_a_container_port if count(host_port.deny) == 0 with input as _pod({"containerPort": 80})
