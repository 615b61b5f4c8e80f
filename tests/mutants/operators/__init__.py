"""The ways in which the tree is broken, one module per area; every module here is read, no list names them."""
