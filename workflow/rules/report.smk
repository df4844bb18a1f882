"""The report: one HTML file that needs no network.

Needs: all figures and tables, words on them, manifests, and what the DUTs were given (shown.smk says which).
Makes: report.html; what it shows beside figures: a page for each table and a listing for each file that was used,
under results/<testbed>/report/.
"""


rule make_table_page:
    input:
        table="results/{testbed}/{table}.csv",
        caption="workflow/report/tables/{table}.rst",
    output:
        page=report(
            "results/{testbed}/report/tables/{table}.html",
            caption="../report/make_table_page.rst",
            category=table_category,
            subcategory=subcategory,
            labels=lambda wildcards: {"table": table_title(wildcards)},
        ),
    log:
        "results/{testbed}/logs/make_table_page/{table}.log",
    wildcard_constraints:
        table=r"\w+",
        testbed=one_of([*config["testbeds"], "imported"]),  # its table lies beside theirs
    conda:
        "../../envs/environment.yaml"
    params:
        code=lambda w: contents("make_table_page", f"workflow/report/tables/{w.table}.rst"),
        title=table_title,
    message:
        "page of the table {wildcards.table} ({wildcards.testbed})"
    script:
        "../scripts/make_table_page.py"


rule make_listing:
    input:
        source=listing_source,
    output:
        page=report(
            "results/{testbed}/report/listings/{listing}.html",
            caption="../report/make_listing.rst",
            category="Files as used",
            subcategory=subcategory,
            labels={"file": "{listing}"},
        ),
    log:
        "results/{testbed}/logs/make_listing/{listing}.log",
    wildcard_constraints:
        listing=r"[\w.-]+",
    conda:
        "../../envs/environment.yaml"
    params:
        code=lambda w: contents("make_listing", *repository_files(listing_source(w))),
        fill=lambda w: grid.as_param(listings(w.testbed)[w.listing][1]),
        config_id=lambda w: "" if listing_source(w) else shown.config_id(config),
    message:
        "listing of {wildcards.listing} ({wildcards.testbed})"
    script:
        "../scripts/make_listing.py"


rule make_report:
    input:
        shown=shown_in_report,
        words=words_of_report,
        captions=CAPTIONS,
        stylesheet="workflow/report/style.css",
    output:
        report="report.html",
    log:
        "results/logs/make_report.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("make_report", *CAPTIONS, "workflow/report/style.css"),
        config_id=shown.config_id(config),
    message:
        "report.html: all figures, tables and listings in one file"
    script:
        "../scripts/make_report.py"
