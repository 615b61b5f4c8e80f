package rules.unencrypted_storage_test

import data.rules.unencrypted_storage

test_denies_a_plain_class if count(unencrypted_storage.deny) == 1 with input as {"kind": "StorageClass", "provisioner": "ebs.csi.aws.com"}

test_denies_a_plain_disk if {
	count(unencrypted_storage.deny) == 1 with input as {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": {"blockDeviceMappings": [{"ebs": {"volumeSize": "50Gi"}}]}}
}

test_denies_a_plain_bucket if count(unencrypted_storage.deny) == 1 with input as {"apiVersion": "s3.services.k8s.aws/v1alpha1", "kind": "Bucket", "spec": {}}

test_denies_plain_secrets if count(unencrypted_storage.deny) == 1 with input as {"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"name": "one"}}

test_allows_an_encrypted_class if {
	count(unencrypted_storage.deny) == 0 with input as {"kind": "StorageClass", "provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}}
}
