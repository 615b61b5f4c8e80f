"""Ground: namespaces, access, storage, secrets, certificates, AWS resources."""
