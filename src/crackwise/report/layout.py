"""One self-contained HTML page from a template of the package: its style is inside, nothing is loaded.

A content security policy in the page allows what has its hash, and pictures that the page holds.
"""

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def templates() -> Environment:
    """Give the templates of the package; what is put into them is escaped."""
    return Environment(
        loader=PackageLoader("crackwise.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def lay_out(template: str, style: str, **values: Any) -> str:
    """Fill a template; its style is our own CSS, in which what a user gave is escaped for CSS."""
    page = templates().get_template(template)
    return page.render(style=Markup(style), style_hash=content_hash(style), **values)  # noqa: S704 (see above)


def content_hash(text: str) -> str:
    """Hash a style or script as a content security policy names it."""
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
