# METADATA
# title: Charts and upstream's manifests are pinned
# description: >-
#   Our own repository follows its main branch, which is what GitOps means: what is merged there has passed these
#   checks. Everything of others names one version.
# custom:
#   severity: error
#   why: >-
#     HEAD, a branch or a range installs what was published last, on the day of a sync that changed nothing else.
#   fix: >-
#     Pin the version in catalog/versions.yaml.
package rules.unpinned_source

deny contains {"msg": sprintf("%s follows '%s'", [object.get(source, "chart", source.repoURL), revision]), "pointer": array.concat(at, ["targetRevision"])} if {
	input.apiVersion == "argoproj.io/v1alpha1"
	input.kind == "Application"
	some each in _sources
	[at, source] := each
	not _own(source)
	revision := object.get(source, "targetRevision", "HEAD")
	not regex.match(`^v?[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.+-]+)?$|^[0-9a-f]{40}$`, revision)
}

_sources contains [["spec", "source"], input.spec.source]

_sources contains [["spec", "sources", index], source] if some index, source in input.spec.sources

_own(source) if {
	not source.chart
	source.repoURL == data.cluster.repository
}
