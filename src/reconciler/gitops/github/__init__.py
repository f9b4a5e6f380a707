"""What is special about GitHub, and nothing else of the product knows it.

`context` reads what a workflow's run is told, `client` asks GitHub over HTTP; `annotations` and
`files` say things back to the run, `comments` and `issues` to people; `pulls`, `artifacts` and
`reviewed` find out what was reviewed, by whom. Nothing here prints, and every text that is shown
comes in escaped for Markdown or the log by whoever calls.
"""
