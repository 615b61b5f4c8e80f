# METADATA
# title: Logs end, and are locked until then
# description: >-
#   CloudWatch keeps a log group for ever unless told otherwise. Logs of gateways and agents hold prompts and answers.
# custom:
#   severity: error
#   why: >-
#     What people typed years ago is still there to be read, and paid for each month.
#   fix: >-
#     Set `retentionDays`, and refer to the key `logs` with `kmsKeyRef`.
package rules.endless_log

deny contains {"msg": "the log group is kept for ever", "pointer": ["spec"]} if {
	_log_group
	not input.spec.retentionDays
}

deny contains {"msg": "the log group is not locked with a key of ours", "pointer": ["spec"]} if {
	_log_group
	not input.spec.kmsKeyRef
	not input.spec.kmsKeyID
}

_log_group if {
	input.apiVersion == "cloudwatchlogs.services.k8s.aws/v1alpha1"
	input.kind == "LogGroup"
}
