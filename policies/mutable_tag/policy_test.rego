package rules.mutable_tag_test

import data.rules.mutable_tag

_deployment(image) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"spec": {"template": {"spec": {"containers": [{"name": "one", "image": image}]}}},
}

test_denies_moving_tags if {
	every image in ["vllm/vllm-openai:latest", "vllm/vllm-openai", "ghcr.io/a/litellm:litellm-main-latest", "r:5000/a/b", "a/llama.cpp:server"] {
		count(mutable_tag.deny) == 1 with input as _deployment(image)
	}
}

test_denies_the_image_of_a_custom_resource if {
	count(mutable_tag.deny) == 1 with input as {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "spec": {"image": "prom/prometheus:main"}}
}

test_allows_versions_and_digests if {
	every image in ["vllm/vllm-openai:v0.30.0", "r:5000/a/b:1.2", "a/b@sha256:00", "a/main:2026.1", "a/b:v3.14.0-distroless", "a/llama.cpp:server-b11206"] {
		count(mutable_tag.deny) == 0 with input as _deployment(image)
	}
}
