"""What can be told of a page's markup without a browser."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "path", "circle", "rect"}


class Page(HTMLParser):
    """Whether tags nest, what is inline, what is loaded, which ids stand twice."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.inline, self.assets, self.ids = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.ids += [given["id"]] if "id" in given else []
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.inline.append(tag)
        self.assets += [url for url in (given.get("src"), given.get("href")) if url]
        if tag == "p" or tag in {"form", "div", "section", "ul", "ol", "dl", "h1", "h2"}:
            self.wrong += [f"{tag} in p"] if "p" in self.open else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")
