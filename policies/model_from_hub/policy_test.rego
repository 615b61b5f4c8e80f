package rules.model_from_hub_test

import data.rules.model_from_hub

_pod(args) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "vllm", "image": "vllm/vllm-openai:v0.30.0", "args": args}]}}

test_denies_a_repository if {
	every args in [["Qwen/Qwen3-14B"], ["--model=Qwen/Qwen3-14B"], ["--model", "Qwen/Qwen3-14B"]] {
		count(model_from_hub.deny) == 1 with input as _pod(args)
	}
}

test_allows_a_folder if count(model_from_hub.deny) == 0 with input as _pod(["/models/qwen3-14b", "--served-model-name=qwen3-14b"])
