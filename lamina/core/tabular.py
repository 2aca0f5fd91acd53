"""Results that show themselves as a table: as text, in colour by rich, and in notebooks."""

import html
from typing import Any

from lamina.core.shown import printable


class Tabular:
    """A result with a table; a subclass says in `table` what is in it.

    Example:
        >>> class Squares(Tabular):
        ...     def table(self):
        ...         return "squares", ["n", "n * n"], [["2", "4"], ["3", "9"]]
        >>> print(Squares())
        squares
        n  n * n
        2      4
        3      9
    """

    text_columns = 1
    """So many columns from the left have words; the others have numbers, and are flush right."""

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return a title, the columns' names, and the rows; an empty row is a gap."""
        raise NotImplementedError(f"{type(self).__name__}.table is not written.")

    def __str__(self) -> str:
        """The table as plain text."""
        title, *lines = self.__lines()
        widths = [max(map(len, column)) for column in zip(*filter(None, lines), strict=True)]
        texts = [
            "  ".join(
                cell.rjust(width) if i >= self.text_columns else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=False))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*title, *texts])

    def __lines(self) -> list[list[str]]:
        title, names, rows = self.table()
        return [
            [title] if title else [],
            names,
            *([printable(cell) for cell in row] for row in rows),
        ]

    def __rich__(self) -> Any:
        """The table for `rich.print`."""
        from rich.table import Table
        from rich.text import Text

        title, names, rows = self.table()
        shown = Table(title=title or None)
        for i, name in enumerate(names):
            shown.add_column(Text(name), justify="right" if i >= self.text_columns else "left")
        for row in rows:
            if row:
                shown.add_row(*(Text(printable(cell)) for cell in row))
            else:
                shown.add_section()
        return shown

    def _repr_html_(self) -> str:
        title, *lines = self.__lines()
        kinds = ["th"] + ["td"] * len(lines)
        body = "".join(
            f"<tr>{''.join(f'<{kind}>{html.escape(cell)}</{kind}>' for cell in line)}</tr>"
            for kind, line in zip(kinds, lines, strict=False)
            if line
        )
        return f"{''.join(f'<b>{html.escape(text)}</b>' for text in title)}<table>{body}</table>"
