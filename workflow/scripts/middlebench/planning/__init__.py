"""What the rules ask while Snakemake reads them."""
