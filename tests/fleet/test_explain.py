"""What is wrong with a value: plain sentences, at the place in the file where it stands."""

from __future__ import annotations

import pytest

from tests.fleet.repository import CLUSTER, MODEL, Repository

TENANT = "apps/tenants/team-a.yaml"
AGENT = "apps/agents/research.yaml"
TOOL = "apps/tools/web-search.yaml"
PIPELINE = "apps/pipelines/evaluation.yaml"


def test_the_small_repository_is_valid(repository: Repository) -> None:
    """What the other tests of this folder break is whole to begin with."""
    assert repository.problems() == []


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (CLUSTER, "nodes: auto", "nods: auto", "6:1: the key 'nods' is not known (did you mean 'nodes'?)"),
        (CLUSTER, "nodes: auto\n", "", "1:1: `nodes` is missing"),
        (CLUSTER, "nodes: auto", "nodes: atuo", "6:8: `nodes` must be one of auto, karpenter, not 'atuo' (did you mean 'auto'?)"),
        (CLUSTER, "nodes: auto", "nodes:", "6:7: `nodes` is empty: it must be one of auto, karpenter"),
        (CLUSTER, "nodes: auto", "nodes: [auto]", "6:8: `nodes` must be one of auto, karpenter, not a list"),
        (CLUSTER, "min: 2", "min: two", "14:27: `models.large.replicas.min` must be a whole number, not 'two'"),
        (CLUSTER, "min: 2", "min: 2.5", "14:27: `models.large.replicas.min` must be a whole number, not 2.5"),
        (CLUSTER, "min: 2", "min: '2'", "14:27: `models.large.replicas.min` must be a whole number, not '2'"),
        (CLUSTER, "min: 2", "min: true", "14:27: `models.large.replicas.min` must be a whole number, not true"),
        (CLUSTER, "min: 2", "min: -1", "14:27: `models.large.replicas.min` must be at least 0, not -1"),
        (CLUSTER, "max: 6", "max: 0", "14:35: `models.large.replicas.max` must be more than 0, not 0"),
        (CLUSTER, "min: 2", "min: 7", "14:27: min 7 is more than max 6"),
        (CLUSTER, "small: {}", "small:", "15:9: `models.small` is empty: it must be a mapping"),
        (CLUSTER, "small: {}", "small: 3", "15:10: `models.small` must be a mapping, not 3"),
        (CLUSTER, "small: {}", "small: {replica: 1}", "15:11: the key 'replica' is not known in `models.small`"
         " (did you mean 'replicas'?)"),
        (CLUSTER, "network: {cidr: 10.20.0.0/16}", "network: {}", "7:1: `network.cidr` is missing"),
        (CLUSTER, "10.20.0.0/16", "10.20.0.1/16", "7:17: `network.cidr`: '10.20.0.1/16' is not a network such as 10.20.0.0/16"),
        (CLUSTER, "10.20.0.0/16", "10.20.0.0/24", "7:17: `network.cidr`: 10.20.0.0/24 is not a private network of /16 to /20"),
        (CLUSTER, "10.20.0.0/16", "8.8.0.0/16", "7:17: `network.cidr`: 8.8.0.0/16 is not a private network of /16 to /20"),
        (CLUSTER, '"1.35"', "1.35", "5:13: `kubernetes` must be text, not 1.35"),
        (CLUSTER, '"1.35"', '"1.33"', "5:13: `kubernetes`: Kubernetes 1.33 left EKS standard support on 2026-07-29 "
         'and costs extra since: choose "1.34", "1.35", "1.36"'),
        (CLUSTER, '"1.35"', '"1.53"', "5:13: `kubernetes`: Kubernetes '1.53' is not a version that this platform knows: "
         'choose "1.34", "1.35", "1.36"'),
        (CLUSTER, '"111122223333"', "011122223333", "3:10: `account` must be text, not 011122223333"),
        (CLUSTER, '"111122223333"', '"1111"', "3:10: `account` must be twelve digits, in quotes, not '1111'"),
        (CLUSTER, "channel: stable", "quotas: {g-ondemand: 64}\nchannel: stable", "19:10: `quotas.g-ondemand`: AWS has no quota "
         "'g-ondemand' (did you mean 'g-on-demand'?): take one of standard-on-demand, standard-spot, g-on-demand, g-spot, "
         "p-on-demand, p-spot, inf-on-demand, inf-spot, trn-on-demand, trn-spot, elastic-ips"),
        (CLUSTER, "us-east-1", "us-est-1", "4:9: `region`: no region is called 'us-est-1' (did you mean 'us-east-1'?)"),
        (CLUSTER, "us-east-1", "us-west-1", "4:9: `region`: us-west-1 has 2 availability zones for new accounts, "
         "and a cluster spreads over three"),
        (CLUSTER, "us-east-1", "mx-central-1", "6:8: EKS Auto Mode is not offered in mx-central-1"),
        (CLUSTER, "channel:", "mesh: istio\nchannel:", "19:7: EKS Auto Mode's machines take no CNI plug-in, which the mesh needs"),
        (CLUSTER, "[support, research]", "support", "16:9: `agents` must be a list, not 'support'"),
        (CLUSTER, "[support, research]", "[support, 5]", "16:19: item 2 of `agents` must be a name, or a name with details, not 5"),
        (CLUSTER, "[support, research]", "[support, Research]", "16:19: item 2 of `agents` must be a DNS label: "
         "lower-case letters, digits and '-', a letter first, not 'Research'"),
        (CLUSTER, "[support, research]", "[support, {research: {replica: 1}}]", "16:31: the key 'replica' is not known in "
         "`agents.research` (did you mean 'replicas'?)"),
        (CLUSTER, "[support, research]", "[support, {research: 2}]", "16:30: `agents.research` must be a mapping, not 2"),
        (CLUSTER, "[support, research]", "[support, {Research: {}}]", "16:20: `agents.Research` must be a DNS label: "
         "lower-case letters, digits and '-', a letter first, not 'Research'"),
        (CLUSTER, "[support, research]", "[research, support, research]", "16:29: 'research' stands twice in `agents`"),
        (CLUSTER, "[support, research]", "[support, {research: {}}, research]", "16:35: 'research' stands twice in `agents`"),
        (CLUSTER, "  fast: small", "  Fast: small", "12:3: `roles.Fast` must be a DNS label: "
         "lower-case letters, digits and '-', a letter first, not 'Fast'"),
        (CLUSTER, "channel: stable", "registry: https://x.example.com\nchannel: stable", "19:11: `registry` must be a registry "
         "such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/cache, without https://, not 'https://x.example.com'"),
        (MODEL, "name: large", "name: Large", "1:7: `name` must be a DNS label: lower-case letters, digits and '-', a letter "
         "first, not 'Large'"),
        (MODEL, "name: large", "name: qwen2.5", "1:7: `name` must be a DNS label: lower-case letters, digits and '-', a letter "
         "first, not 'qwen2.5'"),
        (MODEL, "name: large", f"name: {'a' * 41}", "1:7: `name` has 41 characters, 40 are allowed"),
        (MODEL, "name: large", "name: larger", "1:7: `name` is 'larger', but the file is called large.yaml"),
        (MODEL, "engine: vllm", "engine: vlm", "13:9: `engine` must be one of vllm, llamacpp, ray, not 'vlm' (did you mean 'vllm'?)"),
        (MODEL, "gpu: l4", "gpu: l40", "14:17: `hardware.gpu`: no accelerator is called 'l40' (did you mean 'l40s'?)"),
        (MODEL, "gpu: l4", "gpu: inferentia2", "14:17: `hardware.gpu`: no accelerator is called 'inferentia2' (there are t4, "
         "a10g, l4, l40s, rtx-pro-6000, a100, a100-80gb, h100, h200, b200, b300)"),
        (MODEL, "{gpu: l4, ", "{", "14:11: `hardware` names none of `gpu`, `neuron` and `cpu`"),
        (MODEL, "{gpu: l4, ", "{gpu: l4, neuron: inferentia2, ", "14:11: `hardware` names several of `gpu`, `neuron` and "
         "`cpu`"),
        (MODEL, ", count: 4", "", "14:11: `hardware` does not say how many l4 one replica takes"),
        (MODEL, "{gpu: l4, count: 4}", "{cpu: 4, count: 4}", "14:27: `count` says how many accelerators, and cores are no "
         "accelerators"),
        (MODEL, "{gpu: l4, count: 4}", "{cpu: 4}", "14:11: vllm is carried for GPUs and Neuron chips, not on 4 cores"),
        (MODEL, "{huggingFace: Qwen/Qwen3-14B}", "{huggingFace: Qwen/Qwen3-14B, file: a.gguf}", "2:45: vllm reads the whole "
         "repository, not a.gguf"),
        (MODEL, "{huggingFace: Qwen/Qwen3-14B}", "{huggingFace: Qwen/Qwen3-14B, file: a.bin}", "2:45: `source.file` must be a "
         "file of the repository, ending in .gguf, not 'a.bin'"),
        (MODEL, "dtype: bfloat16", "dtype: q4_k_m", "12:10: q4_k_m mixes types of weights, and `weightBytes` is not given"),
        (MODEL, "dtype: bfloat16", "dtype: q8_0", "14:11: l4 does not serve q8_0 weights, only bfloat16, float16, float32, fp8, "
         "int8"),
        (MODEL, "concurrency: 6", "concurrency: 6\ndimensions: 6000", "17:13: vectors of 6000 numbers cannot come from a hidden "
         "size of 5120"),
        (MODEL, "concurrency: 6", "concurrency: 6\ndimensions: 512\ntoolCalls: hermes", "18:12: an embedding model has no "
         "`toolCalls`"),
        (MODEL, "count: 4", "count: 16", "14:28: no instance type has 16 l4: the largest has 8"),
        (MODEL, "count: 4", "count: 3", "14:28: 3 l4 cannot share 40 attention heads evenly"),
        (MODEL, "kvHeads: 8", "kvHeads: 5", "14:28: 4 l4 cannot share 5 key-value heads evenly"),
        (MODEL, "count: 4", "count: 5", "14:28: 5 l4 cannot share 8 key-value heads evenly"),
        (MODEL, "gpu: l4", "gpu: t4", "14:11: t4 does not serve bfloat16 weights, only float16, float32, fp8, int8"),
        (MODEL, "context: 32768", "context: 65536", "15:10: context 65536 is longer than the 40960 positions the model was "
         "made for"),
        (MODEL, "layers: 40", "layers: 99999999999999999999", "5:11: `architecture.layers` must be a whole number, "
         "not '99999999999999999999'"),
        (MODEL, "Qwen/Qwen3-14B", "qwen", "2:23: `source.huggingFace` must be a repository of the hub: owner/name, not 'qwen'"),
        (TENANT, "64Gi", "64gb", "3:26: `quota.memory`: '64gb' is not a quantity such as 500m, 2, 64Gi"),
        (TENANT, "64Gi", '"-1"', "3:26: `quota.memory`: '-1' is not more than zero"),
        (TENANT, "{operators: [team-a-operators], viewers: [team-a]}", "{}", "2:9: `groups` names nobody"),
        (TENANT, "[team-a]", "['']", "2:51: item 1 of `groups.viewers` is empty text"),
        (AGENT, "instructions: Search before you answer.", "instructions: ''", "4:15: `instructions` is empty text"),
        (TOOL, "[search, news]", "[]", "4:12: `functions` needs at least 1 item"),
        (TOOL, "[api.tavily.com]", "['https://api.tavily.com']", "5:10: item 1 of `egress` must be a host name such as "
         "api.example.com or *.example.com: no scheme, port or path, not 'https://api.tavily.com'"),
        (TOOL, "TAVILY_API_KEY", "tavilyKey", "6:11: `secrets.tavilyKey` must be the name of an environment variable: "
         "capitals, digits and '_', not 'tavilyKey'"),
        (PIPELINE, '"0 3 * * *"', "daily", "4:11: `schedule` must be five cron fields, as in \"0 3 * * *\", not 'daily'"),
        (PIPELINE, 'cpu: "1"', "cpu: 1", "6:18: `resources.cpu` must be text, not 1"),
        ("fleet.yaml", "https://login", "http://login", "5:20: `identity.issuer` must begin with https://, not "
         "'http://login.example.com'"),
        ("fleet.yaml", "name: acme", "name: ac", "1:7: `name` must be 3 to 20 lower-case letters, digits and '-', a letter "
         "first, not 'ac'"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_one_finding_at_its_place(
    repository: Repository, path: str, old: str, new: str, expected: str
) -> None:
    """One mistake, one finding: nothing that only follows from it is said as well."""
    repository.edit(path, old, new)

    assert repository.problems() == [f"{path}:{expected}"]


def test_every_mistake_of_every_file_is_found_in_one_run(repository: Repository) -> None:
    """Nobody wants to correct a file ten times to learn of ten mistakes."""
    repository.edit(CLUSTER, "nodes: auto", "nodes: atuo")
    repository.edit(CLUSTER, "min: 2", "min: two")
    repository.edit(MODEL, "context: 32768", "context: 65536")
    repository.edit(MODEL, "count: 4", "count: 3")
    repository.edit(TENANT, "gpu: 2", "gpu: many")
    repository.write("fleet.yaml", "name: [")

    assert [problem.partition(": ")[0] for problem in repository.problems()] == [
        f"{MODEL}:14:28",
        f"{MODEL}:15:10",
        f"{TENANT}:3:37",
        f"{CLUSTER}:6:8",
        f"{CLUSTER}:14:27",
        "fleet.yaml:1:7",
    ]


def test_a_fix_tells_what_belongs_there(repository: Repository) -> None:
    """The descriptions of the types are what people are told."""
    repository.edit(CLUSTER, '"1.35"', "1.35")
    repository.edit(CLUSTER, "nodes: auto", "nodes: atuo")
    repository.edit(TENANT, "gpu: 2", "gup: 2")

    assert [finding.fix for finding in repository.findings()] == [
        "Known here: cpu, memory, gpu.",
        'Put it in quotes: "1.35".',
        "Choose one. auto: EKS Auto Mode; karpenter: self-managed Karpenter.",
    ]


def test_a_flood_of_mistakes_is_cut_off(repository: Repository) -> None:
    """A file of three thousand unknown keys is one broken file, not three thousand messages."""
    repository.write(MODEL, "name: large\n" + "".join(f"key{number}: 1\n" for number in range(3_000)))

    assert len(repository.problems()) == 20


def test_strange_values_print_safely(repository: Repository) -> None:
    """What a message quotes is short and printable."""
    repository.edit(MODEL, "engine: vllm", 'engine: "\\u202e' + "x" * 100 + '"')
    repository.edit(CLUSTER, "  small: {}", '  small: {"\\u202e": 1}')

    assert repository.problems() == [
        f"{MODEL}:13:9: `engine` must be one of vllm, llamacpp, ray, not '?{'x' * 59}...'",
        f"{CLUSTER}:15:11: the key '?' is not known in `models.small`",
    ]
