"""What every page of the gateway tells the browser, unless the page says otherwise itself."""

from collections.abc import Sequence

from aiohttp import hdrs, web

# 'self' does not cover ws: in older Safari, so the socket's address is named.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' {socket}; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
)
FIXED = {
    hdrs.CACHE_CONTROL: "no-cache",  # asked again each time, so that scripts fit their page
    hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), payment=(), camera=(self), microphone=(self)",
}


def content_policy(public_url: str, framed_by: Sequence[str] = ()) -> str:
    """``framed_by``: origins that may show the page in a frame; nobody by default."""
    socket = public_url.replace("http", "ws", 1)
    return POLICY.format(socket=socket, framed_by=" ".join(framed_by) or "'none'")


def add_to(application: web.Application, public_url: str) -> None:
    """Set on all responses of the application and of those mounted in it."""
    policy = content_policy(public_url)

    async def on_prepare(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.setdefault(hdrs.CONTENT_SECURITY_POLICY, policy)
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)

    application.on_response_prepare.append(on_prepare)
