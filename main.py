"""The cdk8s app: `cdk8s synth` and `python main.py` render every cluster afresh into generated/.

`groundwork synth` does the same and renders only what changed. cdk8s' own output goes to the scratch folder that cdk8s.yaml
names, because its per-resource files lose objects and keep stale ones.
"""

import os
import sys
from pathlib import Path

from groundwork.render.problems import report_problems
from groundwork.render.synth import synth

ROOT = Path(__file__).parent


def main() -> int:
    """Render all clusters; 2 where the declarations are not valid."""
    scratch = Path(os.environ.get("CDK8S_OUTDIR", ROOT / ".cache" / "cdk8s"))
    scratch.mkdir(parents=True, exist_ok=True)
    with report_problems():
        for outcome in synth(ROOT, use_cache=False, cdk8s_output=scratch):
            print(f"{outcome.cluster}: {outcome.objects} objects")
    return 0


if __name__ == "__main__":
    sys.exit(main())
