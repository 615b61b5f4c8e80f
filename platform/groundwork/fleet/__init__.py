"""What people declare: the nouns (one module each), their loader (errors carry file:line:column), their JSON Schemas.

`fleet.yaml` says whose platform this is, `clusters/` where it runs, `apps/` what runs. `site.Site` is one cluster with
everything that it names, resolved.
"""
