"""Refusals: the rules of the schema proof, each something that an API server says no to."""

from __future__ import annotations

from groundwork.findings import Rule, Severity

__all__ = ["RULES"]

_REFUSED = "The API server refuses the object, and Argo CD stops the sync of this component."

RULES = (
    Rule(
        id="schema/annotation",
        title="Annotations have keys and a size that the API server takes",
        why=_REFUSED,
        fix="Shorten or respell it; large texts belong into a ConfigMap.",
        explanation="""\
A key is an optional DNS name with a slash, and then at most 63 letters, digits, '-', '_' and '.'. All annotations of an object
together may hold 256 KiB. A common way to exceed that is `kubectl apply` on a large CRD, which copies the object into one.

Bad:    my annotation: "yes"
Good:   example.com/my-annotation: "yes\"""",
    ),
    Rule(
        id="schema/cel",
        title="The CEL rules of a custom resource's API hold",
        why="A rule of the custom resource's own API says no: the API server refuses the object, and Argo CD stops the sync of this "
        "component.",
        fix="Change the fields that the rule compares.",
        explanation="""\
A CRD carries rules that go beyond types (x-kubernetes-validations): fields that exclude each other, bounds that depend on
another field. They are evaluated here with the same expression language. A rule that this machine cannot evaluate is
undecided, said once, and never passes for fine; a rule about a change (it reads oldSelf) cannot be judged from one state.

Bad:    a ScaledObject with `minReplicaCount: 5` and `maxReplicaCount: 3`
Good:   `minReplicaCount: 1` and `maxReplicaCount: 3`""",
    ),
    Rule(
        id="schema/choice",
        title="Fields that exclude or need each other are set as the API wants",
        why="The fields exclude or need each other. " + _REFUSED,
        fix="Set the fields that belong together.",
        explanation="""\
Many fields are a choice of one: the source of a volume, the target of a route, the kind of a trigger. Setting two, or none,
is well-formed YAML and no object.

Bad:    env: [{name: A, value: x, valueFrom: {...}}]
Good:   env: [{name: A, value: x}]""",
    ),
    Rule(
        id="schema/conflict",
        title="Fields of one object agree with each other",
        why=_REFUSED,
        fix="Keep one of the two.",
        explanation="""\
Each field is right for itself, but not beside the other: a rolling update that may neither add nor remove a pod, a volume with
two sources, an operator `Exists` with values. The API server compares them after the types.

Bad:    strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}
Good:   strategy: {type: Recreate}""",
    ),
    Rule(
        id="schema/cron",
        title="A schedule is a cron expression",
        why=_REFUSED,
        fix="Write minute, hour, day, month and weekday (0-6), or a word such as @daily.",
        explanation="""\
CronJobs take five fields. Seconds, names of time zones inside the schedule and weekday 7 are not understood; a time zone has a
field of its own (`timeZone`).

Bad:    schedule: "0 0 3 * * *"
Good:   schedule: "0 3 * * *\"""",
    ),
    Rule(
        id="schema/duplicate",
        title="A list that is merged by a key has each key once",
        why="Server-side apply merges such lists by key; two items with one key cannot be told apart. " + _REFUSED,
        fix="Keep one of them, or rename one.",
        explanation="""\
Containers, ports, environment variables and many lists of custom resources are maps in disguise: the API says which field is
the key. Ports have two of them, number and protocol.

Bad:    env: [{name: A, value: x}, {name: A, value: y}]
Good:   env: [{name: A, value: y}]""",
    ),
    Rule(
        id="schema/enum",
        title="A field with a fixed choice of values has one of them",
        why=_REFUSED,
        fix="Use one of the values that are listed; capitals count.",
        explanation="""\
Bad:    imagePullPolicy: ifNotPresent
Good:   imagePullPolicy: IfNotPresent""",
    ),
    Rule(
        id="schema/finalizer",
        title="Finalizers are qualified names",
        why=_REFUSED,
        fix="Write the name as its controller has it: a DNS name, a slash, a word.",
        explanation="""\
A finalizer keeps an object that is being deleted until its controller has cleaned up. The API server takes an optional DNS name
with a slash, and at most 63 letters, digits, '-', '_' and '.'.

Bad:    finalizers: ["clean up"]
Good:   finalizers: [example.com/clean-up]""",
    ),
    Rule(
        id="schema/format",
        title="Addresses, names, durations and other texts have the form that their field asks for",
        why=_REFUSED,
        fix="Write the form that is named.",
        explanation="""\
To a YAML reader it is a text like any other; the API server reads it as a CIDR block, a host, a path, a port's name.

Bad:    cidr: 10.0.0.0
Good:   cidr: 10.0.0.0/16""",
    ),
    Rule(
        id="schema/invalid",
        title="A value satisfies every other constraint of its schema",
        why=_REFUSED,
        fix="Correct the value.",
        explanation="""\
For what the API's schema demands in words that no other rule here has: a multiple of a number, an item that a list must
contain. The message names the constraint.

Bad:    a value of 7 where the schema says `multipleOf: 5`
Good:   10""",
    ),
    Rule(
        id="schema/kubernetes-version",
        title="The Kubernetes version of each cluster is known, and its API too",
        why="The proof judges each cluster by the API of its own Kubernetes version.",
        fix="Say the version in the cluster's declaration.",
        severity=Severity.UNDECIDED,
        explanation="""\
The version stands in the ClusterConfig of the cluster's bootstrap/ folder. Without it, or for a version whose schemas are not
installed, built-in objects cannot be judged; that is said once per cluster, and `--strict` makes it count. Custom resources
are judged all the same.

Bad:    a tree without bootstrap/, or `version: "1.99"`
Good:   metadata: {name: dev-us-east-1, version: "1.35"}""",
    ),
    Rule(
        id="schema/label",
        title="Labels have keys and values that the API server takes",
        why=_REFUSED,
        fix="Use at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit.",
        explanation="""\
Labels are made for selecting, so they are short and plain; a model's repository or an image's address does not fit and belongs
into an annotation. The labels of Pod Security take one of three levels.

Bad:    model: Qwen/Qwen3-8B
Good:   model: qwen3-8b""",
    ),
    Rule(
        id="schema/limits",
        title="A container's requests fit its limits",
        why="A container that asks for more than it may use is refused, and so is every pod of its workload.",
        fix="Raise the limit or lower the request; GPUs and other devices have the same of both.",
        explanation="""\
Devices such as nvidia.com/gpu cannot be overcommitted, so request and limit are equal; it is enough to write the limit. A
resource that is neither cpu, memory nor storage has a domain in its name.

Bad:    requests: {memory: 2Gi}, limits: {memory: 1Gi}
Good:   requests: {memory: 1Gi}, limits: {memory: 1Gi}""",
    ),
    Rule(
        id="schema/mount",
        title="A container mounts volumes that its pod has",
        why="A pod cannot mount a volume that it does not have. " + _REFUSED,
        fix="Add the volume to the pod, or correct the name.",
        explanation="""\
Bad:    volumeMounts: [{name: cache, mountPath: /cache}] and no volume called cache
Good:   the same, with volumes: [{name: cache, emptyDir: {}}]""",
    ),
    Rule(
        id="schema/name",
        title="Objects have names that their kind can have",
        why=_REFUSED,
        fix="Use lower-case letters, digits and '-'; how long a name may be depends on the kind.",
        explanation="""\
Most names are DNS names. Services, namespaces and what becomes part of a host are single labels of 63 characters; a CronJob's
has at most 52, because its Jobs append to it.

Bad:    metadata: {name: Qwen2.5_VL}
Good:   metadata: {name: qwen25-vl}""",
    ),
    Rule(
        id="schema/namespace",
        title="An object has a namespace exactly if its kind lives in one",
        why="An object lives in a namespace exactly if its kind does; otherwise no request for it can succeed.",
        fix="Name the namespace in metadata.namespace, or remove it.",
        explanation="""\
Without a namespace, whoever applies the object decides where it lands: kubectl's current context, or Argo CD's destination.

Bad:    kind: Deployment without metadata.namespace; kind: ClusterRole with one
Good:   kind: Deployment, metadata: {name: litellm, namespace: ai-gateway}""",
    ),
    Rule(
        id="schema/pattern",
        title="A text matches the pattern that its field asks for",
        why=_REFUSED,
        fix="Write what the pattern matches.",
        explanation="""\
Custom resources describe their texts by regular expressions in Go's syntax; the message shows the one that did not match.

Bad:    schedule: tomorrow, where ^@(yearly|monthly|daily)$ is asked for
Good:   schedule: "@daily\"""",
    ),
    Rule(
        id="schema/quantity",
        title="Amounts of resources are quantities",
        why=_REFUSED,
        fix="Write a number with an optional unit: 500m, 2, 64Mi, 1.5Gi.",
        explanation="""\
The suffixes are m, k, M, G, T and, for powers of 1024, Ki, Mi, Gi, Ti. "MB" and "GB" do not exist, and devices come whole. A
classic: `memory: 512m` is well-formed and means half a byte.

Bad:    memory: 4GB
Good:   memory: 4Gi""",
    ),
    Rule(
        id="schema/range",
        title="A number lies within the bounds of its field",
        why=_REFUSED,
        fix="Use a value within the bounds.",
        explanation="""\
Bad:    port: 70000
Good:   port: 7000""",
    ),
    Rule(
        id="schema/required",
        title="Every field that the API demands is there",
        why=_REFUSED,
        fix="Add the field.",
        explanation="""\
A field that is set to null counts as left out.

Bad:    volumeMounts: [{name: cache}]
Good:   volumeMounts: [{name: cache, mountPath: /cache}]""",
    ),
    Rule(
        id="schema/restart-policy",
        title="Pods restart as the controller that owns them allows",
        why="The controller decides when its pods start again; it takes no other policy. " + _REFUSED,
        fix="Use Always in workloads that run for ever, OnFailure or Never in Jobs.",
        explanation="""\
Bad:    kind: Job with restartPolicy: Always
Good:   kind: Job with restartPolicy: Never""",
    ),
    Rule(
        id="schema/selector",
        title="A workload selects its own pods",
        why="A workload that does not select its own pods would make new ones for ever. " + _REFUSED,
        fix="Let the selector and the labels of the pod template agree.",
        explanation="""\
The selector of a Deployment cannot be changed later: whoever renames a label has to delete the workload and make it anew.

Bad:    selector: {matchLabels: {app: web}} and template labels {app: website}
Good:   the same label in both""",
    ),
    Rule(
        id="schema/size",
        title="Lists, texts and data are as long as their field allows",
        why=_REFUSED,
        fix="Shorten it, or split it.",
        explanation="""\
A ConfigMap or Secret holds 1 MiB in all. Many lists of custom resources are bounded so that their CEL rules stay cheap.

Bad:    a dashboard of 3 MiB in one ConfigMap
Good:   one ConfigMap per dashboard""",
    ),
    Rule(
        id="schema/type",
        title="Every value has the type of its field",
        why=_REFUSED,
        fix="Write a value of that type; put text that looks like a number or a boolean in quotes.",
        explanation="""\
YAML guesses types: `yes`, `on`, `1e3` and 0123 are not text to an API server. Environment variables, labels and annotations
take text only.

Bad:    env: [{name: PORT, value: 8080}]
Good:   env: [{name: PORT, value: "8080"}]""",
    ),
    Rule(
        id="schema/unknown-field",
        title="Every field is one that the API has",
        why="Argo CD's server-side apply refuses a field that the API does not have; where it is dropped instead, the setting "
        "silently has no effect.",
        fix="Correct the field's name, or remove it.",
        explanation="""\
Misspelt, indented a level too deep, or from another version of the API: such a setting looks right in every review and does
nothing. A missing security context or probe is noticed by nobody.

Bad:    serviceAcountName: litellm
Good:   serviceAccountName: litellm""",
    ),
    Rule(
        id="schema/unknown-kind",
        title="Every kind is built into Kubernetes or comes with a known CRD",
        why="No API server serves this kind, so the object can never be created.",
        fix="Correct apiVersion and kind, or carry the CRD over: `python -m groundwork.catalog.apis import`.",
        explanation="""\
Custom kinds are known from catalog/schemas. One that is not there cannot be judged, so it is refused until somebody carries its
schema over.

Bad:    apiVersion: apps/v1, kind: Deploymnet
Good:   apiVersion: apps/v1, kind: Deployment""",
    ),
    Rule(
        id="schema/unserved-version",
        title="Every apiVersion is one that the cluster serves",
        why="The API server answers 'no matches for kind' and the object is never created.",
        fix="Use a version that is served.",
        explanation="""\
Beta versions go away with Kubernetes upgrades, and new ones are not there before them. Each cluster is judged by its own version,
so the same object may be right in one cluster and wrong in the next.

Bad:    apiVersion: policy/v1beta1, kind: PodDisruptionBudget
Good:   apiVersion: policy/v1, kind: PodDisruptionBudget""",
    ),
)
