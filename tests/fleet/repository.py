"""A small repository of declarations that tests edit: complete, valid, and independent of the real fleet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwork.findings import Finding
from groundwork.fleet.loader import FleetError, load
from groundwork.fleet.site import Fleet

__all__ = ["CLUSTER", "FILES", "MODEL", "Repository"]

CLUSTER = "clusters/prod.yaml"
MODEL = "apps/models/large.yaml"

FILES = {
    "fleet.yaml": """\
name: acme
domain: ai.example.com
contact: platform@example.com
repository: {url: https://github.com/example/groundwork.git, revision: main}
identity: {issuer: https://login.example.com, clientId: agentic-platform, pagesClientId: pages,
  endpoints: {authorization: https://idp.example.com/a, token: https://idp.example.com/t, userInfo: https://idp.example.com/u, keys: https://idp.example.com/k}}
groups: {admins: admins, operators: operators, viewers: viewers}
""",
    CLUSTER: """\
name: prod
environment: production
account: "111122223333"
region: us-east-1
kubernetes: "1.35"
nodes: auto
network: {cidr: 10.20.0.0/16}
gateway: {edge: kgateway, models: litellm}
capacity: {cpu: 400, memory: 1600Gi}
roles:
  reasoning: large
  fast: small
models:
  large: {replicas: {min: 2, max: 6}}
  small: {}
agents: [support, research]
tenants: [team-a]
pipelines: [evaluation]
channel: stable
budget: {usdPerMonth: 30000}
""",
    "clusters/dev.yaml": """\
name: dev
environment: development
account: "111122223333"
region: us-east-1
kubernetes: "1.35"
nodes: auto
network: {cidr: 10.10.0.0/16}
gateway: {edge: kgateway, models: litellm}
capacity: {cpu: 64, memory: 256Gi}
roles: {}
models: {}
channel: next
budget: {usdPerMonth: 1500}
""",
    MODEL: """\
name: large
source: {huggingFace: Qwen/Qwen3-14B}
architecture:
  parameters: 14768307200
  layers: 40
  heads: 40
  kvHeads: 8
  headDim: 128
  hidden: 5120
  vocabulary: 151936
  positions: 40960
  dtype: bfloat16
engine: vllm
hardware: {gpu: l4, count: 4}
context: 32768
concurrency: 6
replicas: {min: 1, max: 4}
""",
    "apps/models/small.yaml": """\
name: small
source: {huggingFace: meta-llama/Llama-3.1-8B-Instruct}
architecture:
  parameters: 8030261248
  layers: 32
  heads: 32
  kvHeads: 8
  headDim: 128
  hidden: 4096
  vocabulary: 128256
  positions: 131072
  dtype: bfloat16
engine: vllm
hardware: {neuron: inferentia2, count: 1}
context: 8192
concurrency: 4
replicas: {min: 1, max: 2}
""",
    "apps/agents/research.yaml": """\
name: research
description: Researches a question on the web.
model: reasoning
instructions: Search before you answer.
tools: [web-search]
""",
    "apps/agents/support.yaml": """\
name: support
description: Answers customers' questions.
model: fast
instructions: Answer briefly.
delegatesTo: [research]
""",
    "apps/tools/web-search.yaml": """\
name: web-search
description: Searches the web.
image: web-search
functions: [search, news]
egress: [api.tavily.com]
secrets: {TAVILY_API_KEY: tavily}
""",
    "apps/tenants/team-a.yaml": """\
name: team-a
groups: {operators: [team-a-operators], viewers: [team-a]}
quota: {cpu: 20, memory: 64Gi, gpu: 2}
models: [small]
agents: [support]
budget: {usdPerMonth: 500, tokensPerDay: 2000000}
""",
    "apps/pipelines/evaluation.yaml": """\
name: evaluation
description: Scores the agents' answers of the day.
image: evaluation
schedule: "0 3 * * *"
timeoutMinutes: 60
resources: {cpu: "1", memory: 2Gi}
models: [reasoning]
""",
    "apps/images/web-search/Dockerfile": "FROM scratch\n",
    "apps/images/evaluation/Dockerfile": "FROM scratch\n",
}


class Repository:
    """A copy of those files in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, content: str | bytes) -> None:
        """Put a file there, whatever stood there before."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a piece of a file that stands in it exactly once."""
        text = (self.root / path).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        self.write(path, text.replace(old, new))

    def load(self) -> Fleet:
        """Load what is there."""
        return load(self.root)

    def findings(self) -> list[Finding]:
        """What the loader has to say; nothing if all is well."""
        try:
            load(self.root)
        except FleetError as error:
            return error.findings
        return []

    def problems(self) -> list[str]:
        """The same as people read it."""
        return [str(one) for one in self.findings()]

    def files(self) -> Iterator[str]:
        """The declarations, as paths."""
        return (path for path in FILES if path.endswith(".yaml"))
