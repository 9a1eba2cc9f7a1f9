"""What a workspace declares, as frozen values: the outcome of reading and checking its configuration.

Each part is imported from its module, so that nobody pays for a part that a workspace does not have.
"""
