package rules.retired_image_test

import data.rules.retired_image

_pod(image) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "one", "image": image}]}}

test_denies_retired_ones if {
	every image in ["ghcr.io/huggingface/text-generation-inference:3.0.0", "bitnami/redis:7.4", "docker.io/bitnamilegacy/postgresql:16", "k8s.gcr.io/pause:3.5"] {
		count(retired_image.deny) == 1 with input as _pod(image)
	}
}

test_allows_others if count(retired_image.deny) == 0 with input as _pod("docker.io/valkey/valkey:9.1.1")
