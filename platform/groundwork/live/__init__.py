"""What is true outside of the repository: of this machine, of the AWS account, of a running cluster. Asked, never changed."""
