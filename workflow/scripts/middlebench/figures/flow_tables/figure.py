"""The flow of packets through the tables of OpenFlow rule files (the thesis's figure 3.10)."""

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure

from middlebench.duts.ovs.openflow import RuleSet
from middlebench.figures.drawing.canvas import LEADING, Canvas, wrapped
from middlebench.figures.drawing.layout import POINTS_PER_INCH
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.flow_tables.lanes import lay_out
from middlebench.figures.flow_tables.painter import ENTRY, Painter

MARGIN = 12
WORDS = (
    "First column: priority (32768 where a rule names none). Of the rules of a table that match a "
    "packet, the one of the highest priority acts; a packet that none matches is dropped, or goes "
    "back where it was resubmitted, and goes on there. Lines join at dots only. Dashed lines from "
    "rows of the file: through connection tracking, from which a packet comes back with its "
    "ct_state. Dashed rows and the lines from them: what learn adds as packets pass."
)
OF_CONJUNCTION = (
    " A rule of conjunction(...) sends packets nowhere: it is a part of the match of the rule with "
    "that conj_id."
)


def flow_tables_figure(files: Mapping[str, RuleSet], style: Style) -> Figure:
    """One drawing below the other of the rules in each file; keys are the headings.

    A box a table with its rules by priority; arrows lead to other tables (dashed: by way of
    connection tracking), to ports, or to where packets are dropped. As wide as the style says, or
    wider when there are too many destinations; as high as needed.
    """
    size = style.font_pt * 0.875
    width = style.width_mm / MM_PER_INCH * POINTS_PER_INCH
    placed = lay_out(list(files.values()), width - 2 * MARGIN, size)
    drawings = dict(zip(files, placed, strict=True))
    needed = max(d.box_left + d.box_width for d in drawings.values()) + 2 * MARGIN
    width, line = max(width, needed), LEADING * style.font_pt
    parts = any(rule.is_part for rules in files.values() for rule in rules.rules)
    words = wrapped(WORDS + OF_CONJUNCTION * parts, width - 2 * MARGIN, size)
    heading = 1.5 * line + ENTRY
    height = sum(heading + d.height + 2 * line for d in drawings.values())
    with mpl.rc_context(rc_params(style)):
        canvas = Canvas(width, height + LEADING * size * len(words) + 2 * MARGIN)
        top = MARGIN
        for head, drawing in drawings.items():
            shown = wrapped(head, width - 2 * MARGIN, 1.3 * style.font_pt)[:1]
            canvas.write((MARGIN, top), shown, 1.1 * style.font_pt, weight="bold")
            Painter(canvas, drawing, (MARGIN, top + heading), size, style).paint()
            top += heading + drawing.height + 2 * line
        canvas.write((MARGIN, top), words, size)
    return canvas.figure
