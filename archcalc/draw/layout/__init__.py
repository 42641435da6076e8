"""Where the boxes of a picture stand and which ways its edges take, without any other program.

Every scope is laid out by itself, those inside it first (`scopes`): its boxes stand in rows by what they read, chains
of them in straight columns, and edges run between rows and in lanes beside the boxes (`rows`, `columns`, `tracks`). All
of it is in two directions that have no names on a page: *along* the flow, and *across* it.
"""
