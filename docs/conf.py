"""Sphinx: pages in Markdown, the reference from the docstrings. Built by ``nox -s docs``."""

from importlib import metadata

project = "scskit"
author = "The scskit authors"
copyright = "2026, The scskit authors"
release = metadata.version("scskit")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3  # so that pages can link to each other's headings

autodoc_member_order = "bysource"  # the order in which a file is meant to be read
autodoc_typehints = "description"
napoleon_numpy_docstring = False  # docstrings follow the Google convention

html_theme = "furo"
html_title = f"scskit {release}"
