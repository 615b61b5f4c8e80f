# METADATA
# title: Nothing lives in the namespace default
# description: >-
#   Both target designs deployed everything there, so that one policy, one quota or one cleanup hit everything at once.
# custom:
#   severity: error
#   why: >-
#     It has no quota, no Pod Security Standard and no policies, and everybody's kubectl starts there.
#   fix: >-
#     Give the component a namespace of its own.
package rules.default_namespace

deny contains {"msg": sprintf("%s %s is in the namespace default", [input.kind, input.metadata.name]), "pointer": ["metadata", "namespace"]} if input.metadata.namespace == "default"
