"""What a page may load and who may hold it: the headers every page carries.

Nothing inline, nothing from another host. ``Referrer-Policy`` is
``same-origin`` and not ``no-referrer`` because the latter makes browsers send
``Origin: null`` with our own forms, and the origin is what proves them ours.

Source: W3C CSP Level 3; Fetch standard, "append a request Origin header".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """The few freedoms a page may need beyond showing itself."""

    camera: bool = False  # reads codes with a WebAssembly decoder
    framed: bool = False  # the demonstration shows two of our pages in one window

    def headers(self) -> dict[str, str]:
        """The response headers that hold the browser to this policy."""
        ancestors = "'self'" if self.framed else "'none'"
        return {
            "Content-Security-Policy": "; ".join(self._directives(ancestors)),
            "X-Frame-Options": "SAMEORIGIN" if self.framed else "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": (
                f"camera=({'self' if self.camera else ''}), microphone=(), geolocation=(), "
                "payment=(), usb=(), browsing-topics=()"
            ),
            "Cache-Control": "no-store",
        }

    def _directives(self, ancestors: str) -> list[str]:
        scripts = "'self' 'wasm-unsafe-eval'" if self.camera else "'self'"
        return [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self'" + (" blob:" if self.camera else ""),
            "media-src 'self' blob:" if self.camera else "media-src 'none'",
            "connect-src 'self'",
            "frame-src 'self'" if self.framed else "frame-src 'none'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {ancestors}",
        ]


PLAIN = PagePolicy()
WITH_CAMERA = PagePolicy(camera=True)
