"""The review pack: what a security review of a deployment asks for, as one document in several formats."""
