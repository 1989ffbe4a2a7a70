"""Problem and result folders, workbooks and exports: files in and out.

Every reader raises `csshift.InputError` with all the faults that it finds, each at its file, line
and column, or at its sheet and cell. Every writer raises it if a file cannot be written; the
earlier file is then untouched. Workbooks need the extra ``excel``: without it both raise
`csshift.MissingExtraError`.
"""
