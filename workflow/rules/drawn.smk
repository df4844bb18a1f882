"""What there is beside the series: figures with a file of their own, pictures/<name>.smk.

Needs: nothing. Makes: nothing. How one is added: a module of middlebench/figures/ that draws it, its script
plot_<x>.py, its caption workflow/report/plot_<x>.rst, and its file in pictures/, which the Snakefile reads: it has the
rules, and says what is drawn under this configuration. No other file names it.
"""

PICTURES = []
"""Their files that `figures` makes under this configuration: each of pictures/ adds its own."""

PICTURE_TABLES = []
"""The same of `tables`."""


KEPT = [0, 0]


def unless_left_out(picture):
    """Take back what a picture's rules have just added where `only` of the configuration has it not."""
    for at, files in enumerate((PICTURES, PICTURE_TABLES)):
        if config["only"] and picture not in config["only"]:
            del files[KEPT[at] :]
        KEPT[at] = len(files)


def told(files):
    """An input function: what `files` gives; a ConfigError that it raises ends with one line."""

    def named(wildcards):
        with one_line_errors():
            return files()

    return named
