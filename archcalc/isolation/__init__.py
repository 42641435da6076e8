"""Python in a process of its own: a program that is asked in lines of JSON, and may hang, crash and fill the memory."""
