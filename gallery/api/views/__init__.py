"""The operations, each subject with its own file."""
