"""What all pages of the report have in common: each is one file that stands alone."""

from html import escape

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px sans-serif; margin: 1.2em 1.6em; color: #222; background: #fff; }}
h1 {{ font-size: 1.25em; margin: 0 0 .4em; }}
p {{ margin: .2em 0; color: #555; max-width: 60em; overflow-wrap: anywhere; }}
{css}
</style>
</head>
<body>
<h1>{title}</h1>
{notes}
{body}
</body>
</html>
"""


def page(title: str, notes: list[str], body: str, css: str = "") -> str:
    """The page: heading, `notes` (plain text, a paragraph each), then `body` (HTML)."""
    paragraphs = "\n".join(f"<p>{escape(note)}</p>" for note in notes)
    return PAGE.format(title=escape(title), notes=paragraphs, body=body, css=css)
