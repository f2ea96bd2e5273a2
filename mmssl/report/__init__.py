"""Maps in files against published annotations: tables, and a page for browsing the samples."""
