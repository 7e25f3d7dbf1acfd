"""A code as scanners read it: QR and Code 128, each as one path of an inline SVG without styles of its own.

The libraries say which modules are dark; drawing them here keeps fonts, colours and style attributes, which the page's
content security policy refuses, out of it.
"""

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

_QR_QUIET = 4  # modules around it (ISO/IEC 18004, 9.1)
_BAR_QUIET = 10  # modules on either side (ISO/IEC 15417, 4.3)
_BAR_HEIGHT = 60
_SVG = Markup(
    '<svg class="{kind}" role="img" aria-label="{label}" viewBox="0 0 {width} {height}" '
    'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{height}H0z"/><path fill="#000" d="{path}"/></svg>'
)


def qr_modules(text: str) -> Sequence[Sequence[int]]:
    """Rows of modules, 1 being dark, without the quiet zone. Level M: a seventh of it may be unreadable."""
    import segno  # a page is shown seldom; a callback must not pay for it

    return [list(row) for row in segno.make_qr(text, error="m").matrix]


def bar_modules(text: str) -> Sequence[int]:
    """Bars and spaces of Code 128, 1 being a bar, without the quiet zone."""
    from barcode import Code128

    class Exact(Code128):  # type: ignore[misc]  # it has no types
        def _try_to_optimize(self, encoded: list[int]) -> list[int]:
            """A code that begins with 99 in pairs of digits is not one that switches to them (python-barcode 0.16.1
            takes the pair for the switch, and drops it)."""
            return encoded if self.code[:2].isdigit() and len(self.code) > 1 else super()._try_to_optimize(encoded)

    return [int(module) for module in Exact(text).build()[0]]


def qr(text: str, label: str) -> Markup:
    rows = qr_modules(text)
    path = "".join(_runs(row, _QR_QUIET, y + _QR_QUIET, 1) for y, row in enumerate(rows))
    side = len(rows) + 2 * _QR_QUIET
    return _SVG.format(kind="qr", label=label, width=side, height=side, path=path)


def bars(text: str, label: str) -> Markup:
    modules = bar_modules(text)
    path = _runs(modules, _BAR_QUIET, 0, _BAR_HEIGHT)
    width = len(modules) + 2 * _BAR_QUIET
    return _SVG.format(kind="barcode", label=label, width=width, height=_BAR_HEIGHT, path=path)


def _runs(modules: Sequence[int], left: int, top: int, height: int) -> str:
    return "".join(f"M{left + x} {top}h{length}v{height}h-{length}z" for x, length in _dark(modules))


def _dark(modules: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where each run of dark modules begins, and how long it is."""
    begin, place = -1, -1
    for place, module in enumerate(modules):
        if module and begin < 0:
            begin = place
        elif not module and begin >= 0:
            yield begin, place - begin
            begin = -1
    if begin >= 0:
        yield begin, place + 1 - begin
