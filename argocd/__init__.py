"""How it arrives: Argo CD projects and Applications, and what a person applies once to bring a cluster up."""
