"""Maps in files against published annotations: tables, and a page for browsing the samples.

- :mod:`evaluate_maps`: tables of ``mmssl evaluate``
- :mod:`page`: the page of ``mmssl report``; :mod:`page_data`: its numbers; :mod:`page_samples`:
  pictures and clip of a sample
- :mod:`mistakes`: clips that classification got wrong
- :mod:`judge`: score and fault of every sample
- :mod:`expected`: the samples that an evaluation expects; :mod:`map_samples`: maps beside the truth
- :mod:`evaluators`: metrics by name, and how they are printed
"""
