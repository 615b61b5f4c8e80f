"""A tree of manifests on disk: read (with file and line), write, index, compare. Knows nothing of what made it.

`generated/<cluster>/<component>/<namespace or _cluster>/<Kind>[.<group label>].<name>.yaml`
"""
