# METADATA
# title: Model servers load weights from their own disk
# description: >-
#   vLLM reads its first argument or --model as a path if it is one, else as a repository on Hugging Face. A name given
#   beside a download directory ignores the synchronised copy; with 704 GiB of weights that is an hour and a bill.
# custom:
#   severity: error
#   why: >-
#     A repository's name instead of a path makes every start a download of the whole model, past the copy that is
#     there.
#   fix: >-
#     Give the server the folder that the weights were copied to, and --served-model-name for the name.
package rules.model_from_hub

import data.lib.pods

deny contains {"msg": sprintf("%s loads %s from Hugging Face", [each.container.name, model]), "pointer": pods.at(each, ["args"])} if {
	some each in pods.containers
	regex.match(`vllm`, each.container.image)
	some model in _models(pods.words(each.container))
	not startswith(model, "/")
}

_models(words) := ({value |
	some index, word in words
	word in {"--model", "serve"}
	value := words[index + 1]
} | {value |
	some word in words
	startswith(word, "--model=")
	value := substring(word, 8, -1)
}) | {words[0] |
	not startswith(words[0], "-")
	contains(words[0], "/")
}
