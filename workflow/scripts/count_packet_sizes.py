"""Count the frame sizes of a capture: a table of sizes, and one row about the capture."""

from middlebench.captures.frame_sizes import write_frame_sizes
from middlebench.errors import one_line_errors

with one_line_errors(snakemake.log[0]):
    write_frame_sizes(
        snakemake.input.pcap, sizes=snakemake.output.sizes, capture=snakemake.output.capture
    )
